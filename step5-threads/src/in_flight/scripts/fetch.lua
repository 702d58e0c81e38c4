--[[ Moves up to `want` jobs from the tail of a queue to the head of an in-flight list. Returns
     them, the first to be performed first; false if the queue is empty; an error reply if it is
     not a list. ]]
local function fetch(queue, list, want)
  -- Task 5.2.
end
