--[[ Takes a job off its in-flight list, and puts it where its outcome sends it: `requeued`, `retry`, `dead`,
     or nowhere (`succeeded`, `discarded`). Returns false, and does nothing, if the list does not hold the job
     any more: another process has recovered it. ]]
local function acknowledge(job)
  -- Task 5.3.
end
