// client.go - go-sql-driver/mysql against a node: prepared statements, transactions, times, large values, errors, contexts.
// SPDX-License-Identifier: Apache-2.0
package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

func must(ok bool, what string) {
	if !ok {
		fmt.Println(what)
		os.Exit(1)
	}
}

func fine(err error, what string) { must(err == nil, fmt.Sprintf("%s: %v", what, err)) }

func number(err error) uint16 {
	var of *mysql.MySQLError
	if errors.As(err, &of) {
		return of.Number
	}
	return 0
}

func open(options string) *sql.DB {
	address := fmt.Sprintf("root:%s@tcp(127.0.0.1:%s)/go?%s", os.Getenv("PASSWORD"), os.Getenv("PORT"), options)
	db, err := sql.Open("mysql", address)
	fine(err, "open")
	return db
}

func prepared(db *sql.DB) {
	insert, err := db.Prepare("INSERT INTO t (name, price, at, data) VALUES (?, ?, ?, ?)")
	fine(err, "prepare")
	at := time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.UTC)
	done, err := insert.Exec("Zoë", 1.5, at, []byte{0, 255, '\'', '\\'})
	fine(err, "execute")
	id, _ := done.LastInsertId()
	rows, _ := done.RowsAffected()
	must(id == 1 && rows == 1, "insert id and affected rows")
	_, err = insert.Exec(nil, nil, nil, nil)
	fine(err, "NULLs")
	var name sql.NullString
	var price sql.NullFloat64
	var when sql.NullTime
	var data []byte
	fine(db.QueryRow("SELECT name, price, at, data FROM t WHERE id = ?", 1).Scan(&name, &price, &when, &data), "a row, binary")
	must(name.String == "Zoë" && price.Float64 == 1.5 && when.Time.Equal(at) && bytes.Equal(data, []byte{0, 255, '\'', '\\'}), "its values")
	fine(db.QueryRow("SELECT name, price, at, data FROM t WHERE id = 1").Scan(&name, &price, &when, &data), "a row, as text")
	must(name.String == "Zoë" && when.Time.Equal(at), "its values as text")
	fine(db.QueryRow("SELECT name, price, at, data FROM t WHERE id = ?", 2).Scan(&name, &price, &when, &data), "a row of NULLs")
	must(!name.Valid && !price.Valid && !when.Valid && data == nil, "NULLs")
	fine(insert.Close(), "close")
}

func transactions(db *sql.DB) {
	tx, err := db.BeginTx(context.Background(), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	fine(err, "begin")
	_, err = tx.Exec("INSERT INTO t (name) VALUES (?)", "gone")
	fine(err, "insert")
	fine(tx.Rollback(), "rollback")
	tx, err = db.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	fine(err, "begin read only")
	_, err = tx.Exec("INSERT INTO t (name) VALUES ('x')")
	must(number(err) == 1792, "a read-only transaction refuses writes")
	fine(tx.Rollback(), "rollback")
	tx, err = db.Begin()
	fine(err, "begin")
	_, err = tx.Exec("UPDATE t SET name = ? WHERE id = ?", "changed", 2)
	fine(err, "update")
	fine(tx.Commit(), "commit")
	var count int
	fine(db.QueryRow("SELECT COUNT(*) FROM t WHERE name IN ('gone', 'changed')").Scan(&count), "count")
	must(count == 1, "one was rolled back, one committed")
}

func large(db *sql.DB) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 3<<16) // 3 MiB: long data, in one packet
	_, err := db.Exec("INSERT INTO t (id, data) VALUES (?, ?)", 100, data)
	fine(err, "3 MiB")
	var back []byte
	fine(db.QueryRow("SELECT data FROM t WHERE id = ?", 100).Scan(&back), "3 MiB back")
	must(bytes.Equal(back, data), "they are the same")
}

func refusals(db *sql.DB) {
	_, err := db.Exec("INSERT INTO t (id) VALUES (1)")
	must(number(err) == 1062, "1062")
	_, err = db.Exec("DELETE FROM t; DELETE FROM t")
	must(number(err) == 1064, "two statements are refused where they were not asked for")
	_, err = db.Exec("SELECT * FROM nosuch")
	must(number(err) == 1146, "1146")
	for i := 0; i < 300; i++ {
		_, err = db.Exec("INSERT INTO n VALUES (?)", i)
		fine(err, "n")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM n a, n b, n c, n d WHERE a.i + b.i <> c.i + d.i").Scan(new(int))
	must(errors.Is(err, context.DeadlineExceeded), "a context ends a query")
	fine(db.Ping(), "ping")
}

func main() {
	db := open("parseTime=true")
	defer db.Close()
	fine(db.Ping(), "ping")
	_, err := db.Exec("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40), price DECIMAL(8,2), at DATETIME(6), data LONGBLOB)")
	fine(err, "create")
	_, err = db.Exec("CREATE TABLE n (i INT PRIMARY KEY)")
	fine(err, "create")
	prepared(db)
	transactions(db)
	large(db)
	refusals(db)
	inline := open("interpolateParams=true&multiStatements=true&loc=UTC&collation=utf8mb4_unicode_ci")
	defer inline.Close()
	_, err = inline.Exec("SET @a = ?; UPDATE t SET name = ? WHERE id = 1", strings.Repeat("x", 10), "it's \\ fine")
	fine(err, "two statements with their values in the text")
	var name string
	fine(inline.QueryRow("SELECT name FROM t WHERE id = ?", 1).Scan(&name), "read")
	must(name == "it's \\ fine", name)
	fmt.Println("fine")
}
