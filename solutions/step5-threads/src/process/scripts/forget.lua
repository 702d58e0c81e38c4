--[[ Deletes the data of a process, unless the end of its lease is not ARGV[2] any more (it has
     renewed its lease), or it still holds a job. If recover.lua has left a job, it is a poison pill
     (task 5.6), and the key `dead` has another type. Then ZCARD fails and says so.

     KEYS  1 leases   2 processes   3 dead
           4 its payloads whose crash has been counted (hash)
           from 5 on: its other keys, including the in-flight lists
     ARGV  1 process   2 the end of its lease ]]
-- If the process is alive again, its next crash is a new one, and must be counted.
if redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return redis.call('DEL', KEYS[4]) end
for i = 5, #KEYS do if redis.call('TYPE', KEYS[i]).ok == 'list' then return redis.call('ZCARD', KEYS[3]) end end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.pcall('SREM', KEYS[2], ARGV[1])
for i = 4, #KEYS do redis.call('DEL', KEYS[i]) end
