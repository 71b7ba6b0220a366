-- New products, BENCH_ITEMS a request, through the upsert route; BENCH_SEED keeps the runs' skus apart.
local seed, items, count = os.getenv("BENCH_SEED"), tonumber(os.getenv("BENCH_ITEMS")), 0

function init()
    wrk.headers["Authorization-Token"] = os.getenv("BENCH_TOKEN")
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    local body = {}
    for i = 1, items do
        count = count + 1
        body[i] = '{"entity":"Product","payload":{"name":"Bench table ' .. count .. '","sku":"' .. seed .. "-" .. count ..
            '","price":12.5}}'
    end
    return wrk.format("POST", "/api/v1/MassActions/action/upsert", nil, "[" .. table.concat(body, ",") .. "]")
end
