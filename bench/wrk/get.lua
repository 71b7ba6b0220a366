-- GET requests from a file with one path a line (BENCH_PATHS), in order, round and round.
local requests, at = {}, 0

function init()
    local token = os.getenv("BENCH_TOKEN")
    if token then wrk.headers["Authorization-Token"] = token end
    for path in io.lines(os.getenv("BENCH_PATHS")) do
        requests[#requests + 1] = wrk.format("GET", path)
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end
