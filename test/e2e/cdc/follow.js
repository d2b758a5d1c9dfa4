// follow.js - a change-data-capture client of npm on a node's port: prints each row event as a line of JSON, until a row of the
// table `mark` says that everything has come.
//
//   node follow.js PACKAGE '{"log": {host, port, ...}, "tables": {...}, "start": {filename, position, serverId}}'
//
// Definitions of tables are asked for where `tables` says (the source): a log server has none. The packages are looked for
// in $NODE_PATH.
// SPDX-License-Identifier: Apache-2.0
'use strict';
const { pathToFileURL } = require('url');
const options = JSON.parse(process.argv[3]);

function end(code, why) {
  if (why) console.error(why);
  process.stdout.write('', () => process.exit(code));
}

function print(event) {
  const table = event.tableMap && event.tableMap[event.tableId];
  if (!event.rows || !table) return;
  for (const row of event.rows) console.log(JSON.stringify({ kind: event.getTypeName(), table: table.tableName, row }));
  if (table.tableName === 'mark') end(0);
}

function drop(connection) {
  connection.removeAllListeners('error');
  connection.on('error', () => {});
  connection.destroy();
}

async function follow() {
  const { default: ZongJi } = await import(pathToFileURL(require.resolve(process.argv[2])));

  class Client extends ZongJi {
    _establishConnection() {
      super._establishConnection(options.tables);
      const control = this.ctrlConnection;
      drop(this.connection);
      super._establishConnection(options.log);
      drop(this.ctrlConnection);
      this.ctrlConnection = control;
    }
  }

  const client = new Client(options.log);
  client.on('error', (error) => end(1, error));
  client.on('binlog', print);
  client.start({ ...options.start, includeEvents: ['rotate', 'tablemap', 'writerows', 'updaterows', 'deleterows'] });
}

follow().catch((error) => end(1, error));
setTimeout(() => end(1, 'nothing more came for a minute'), 60000);
