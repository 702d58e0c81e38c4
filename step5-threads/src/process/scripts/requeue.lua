--[[ Requeues jobs of an in-flight list. The last one is fetched next.

     KEYS  1 in-flight list   2 queue   3 queues
     ARGV  1 name of the queue   from 2 on: payloads ]]
-- Task 5.4.
