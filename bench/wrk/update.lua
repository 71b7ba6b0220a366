-- One field of one record after the other (paths from BENCH_PATHS), each time another value.
local paths, at, value = {}, 0, tonumber(os.getenv("BENCH_SEED"))

function init()
    wrk.headers["Authorization-Token"] = os.getenv("BENCH_TOKEN")
    wrk.headers["Content-Type"] = "application/json"
    for path in io.lines(os.getenv("BENCH_PATHS")) do
        paths[#paths + 1] = path
    end
end

function request()
    at = at % #paths + 1
    value = value + 1
    return wrk.format("PUT", paths[at], nil, '{"price":' .. value .. "}")
end
