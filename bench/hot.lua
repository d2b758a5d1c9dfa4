-- hot.lua - sysbench workload: single-row updates by primary key on one hot table of 1,000 rows (bench.hot).
-- SPDX-License-Identifier: Apache-2.0
function thread_init()
    connection = sysbench.sql.driver():connect()
end
function event()
    connection:query("UPDATE hot SET v = v + 1, note = 'n" .. sysbench.rand.uniform(1, 99999) ..
                     "' WHERE id = " .. sysbench.rand.uniform(1, 1000))
end
function thread_done()
    connection:disconnect()
end
