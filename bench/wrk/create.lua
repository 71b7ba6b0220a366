-- New products, one a request; BENCH_SEED keeps the runs' skus apart.
local seed, count = os.getenv("BENCH_SEED"), 0

function init()
    wrk.headers["Authorization-Token"] = os.getenv("BENCH_TOKEN")
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    count = count + 1
    return wrk.format("POST", "/api/v1/Product", nil,
        '{"name":"Bench stool ' .. count .. '","sku":"' .. seed .. "-" .. count .. '","price":12.5}')
end
