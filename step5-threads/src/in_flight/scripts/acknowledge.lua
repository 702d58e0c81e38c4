--[[ Removes a job from its in-flight list, and moves it where its outcome requires: to its queue
     (`requeued`), to `retry`, to `dead`, or nowhere (all others). Returns false and does nothing if
     the list does not contain the job any more, because another process has recovered it. ]]
local function acknowledge(job)
  -- Task 5.3.
end
