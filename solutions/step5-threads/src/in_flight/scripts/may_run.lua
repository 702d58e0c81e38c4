--[[ Decides whether a job that a wait has fetched may run at once. After two crashes, a suspect must
     wait until no other such suspect is running in this process. The wait has fetched no other job,
     so any other suspect may run. A waiter calls this only while there are crash counts.

     KEYS  1 crashes   2 state
     ARGV  1 payload   2 processor

     Returns  1 if the job may run, else 0 ]]
local count = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0) or 0
if count < 2 then return 1 end
-- Rule 2: the first write removes something.
redis.call('HDEL', KEYS[2], '')
redis.call('HSETNX', KEYS[2], 'suspect', ARGV[2])
return redis.call('HGET', KEYS[2], 'suspect') == ARGV[2] and 1 or 0
