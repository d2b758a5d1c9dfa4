// canal.js - go-mysql's canal, as @solashi/go-mysql-binlog-node ships it, on the port of a node with rows: prints each row event as a
// line of JSON, until a row of the table `mark` says that everything has come. It asks the same port for the tables' definitions.
//
//   node canal.js '{hostname, port, username, password, tableRegexes, binlogPosition: {name, position}}'
//
// SPDX-License-Identifier: Apache-2.0
'use strict';
const { default: Canal } = require('@solashi/go-mysql-binlog-node');

function end(code, why) {
  if (why) console.error(why);
  process.stdout.write('', () => process.exit(code));
}

function print({ table, insert, update, delete: gone }) {
  console.log(JSON.stringify({ table: table.name, insert, update, delete: gone }));
  if (table.name === 'mark') end(0);
}

Canal.create(JSON.parse(process.argv[2])).then((canal) => {
  canal.on('error', (error) => end(1, error));
  canal.on('event', print);
}, (error) => end(1, error));
setTimeout(() => end(1, 'nothing more came for a minute'), 60000);
