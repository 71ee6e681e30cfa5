#include "jobs/support/synth_presets.hpp"

namespace tarifa::jobs
{

std::vector<Preset> synth_presets()
{
  return {{"teaching", ""},
          {"demo", R"([synth]
declarations = 1000000
administrations = 10
exports = 100000
invoices = 200000
trade = 600000
seizures = 10000
travellers = 600000
consignments = 100000
broken-share = 0.005
)"},
          {"bench-10m", R"([synth]
first-year = 2015
years = 10
declarations = 10000000
administrations = 40
companions = false
truth = false
exports = 1000000
invoices = 2000000
trade = 5000000
seizures = 100000
travellers = 2000000
consignments = 1000000
)"},
          {"bench-100m", R"([synth]
first-year = 2015
years = 10
declarations = 100000000
administrations = 40
companions = false
truth = false
exports = 10000000
invoices = 20000000
trade = 50000000
seizures = 1000000
travellers = 20000000
consignments = 10000000
)"},
          {"stress", R"([synth]
first-year = 2005
years = 20
declarations = 1000000000
administrations = 40
companions = false
truth = false
exports = 50000000
invoices = 100000000
trade = 200000000
seizures = 10000000
travellers = 100000000
consignments = 50000000
)"}};
}

}  // namespace tarifa::jobs
