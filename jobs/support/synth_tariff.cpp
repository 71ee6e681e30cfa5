/// The law that declarations are taxed by: tariff-YYYY.csv, preferences-YYYY.csv, preference-rates-YYYY.csv
/// and reliefs-YYYY.csv of the administrations that deliver declarations.
#include <fmt/format.h>

#include "jobs/support/synth_output.hpp"
#include "kernels/synth/tariff_text.hpp"

namespace tarifa::jobs
{
namespace
{

void declare(Options& /*options*/, SynthSettings& /*settings*/)
{
}

void check(SynthSettings const& /*settings*/)
{
}

std::vector<std::string> files(SynthSettings const& /*settings*/, int year)
{
  return {fmt::format("tariff-{}.csv", year), fmt::format("preferences-{}.csv", year),
          fmt::format("preference-rates-{}.csv", year), fmt::format("reliefs-{}.csv", year)};
}

std::int64_t write(SynthRun const& synth, int year)
{
  auto const reporters = static_cast<std::uint32_t>(synth.settings.administrations);
  kernels::Tariff const tariff(synth.world, year);
  std::vector<std::string> const names = files(synth.settings, year);
  synth.files.write(names,
                    {std::string(kernels::tariff_header()), std::string(kernels::preferences_header()),
                     kernels::preference_rates(tariff, synth.world), kernels::reliefs(tariff, reporters)},
                    reporters,
                    [&](std::int64_t block, std::span<std::string> texts)
                    {
                      auto const reporter = static_cast<std::uint32_t>(block);
                      kernels::append_tariff(tariff, synth.world, reporter, texts[0]);
                      kernels::append_preferences(tariff, reporter, texts[1]);
                    });
  return static_cast<std::int64_t>(names.size());
}

}  // namespace

SynthOutput synth_tariff()
{
  return {"tariff", "tables", declare, check, files, write};
}

}  // namespace tarifa::jobs
