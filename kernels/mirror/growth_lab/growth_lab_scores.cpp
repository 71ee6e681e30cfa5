#include <algorithm>
#include <cmath>

#include "kernels/mirror/growth_lab/growth_lab.hpp"
#include "kernels/statistics/portable_math.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Values of the pairs as the scores see them, and the countries still in, in each role.
struct Network
{
  std::size_t countries = 0;
  std::vector<double> exported, imported;  // [countries x countries]
  std::vector<std::uint8_t> as_exporter, as_importer;

  std::size_t at(std::size_t from, std::size_t to) const noexcept { return from * countries + to; }
  bool is_flow(std::size_t from, std::size_t to) const noexcept
  {
    std::size_t const pair = at(from, to);
    return as_exporter[from] != 0 && as_importer[to] != 0 && (exported[pair] != 0 || imported[pair] != 0);
  }
  std::int64_t flows(std::size_t country, bool exporter) const noexcept
  {
    std::int64_t count = 0;
    for (std::size_t other = 0; other < countries; ++other)
    {
      count += (exporter ? is_flow(country, other) : is_flow(other, country)) ? 1 : 0;
    }
    return count;
  }
  void drop(std::size_t country) noexcept { as_exporter[country] = as_importer[country] = 0; }
};

Network network_of(GrowthLabPairs const& pairs, std::span<double const> at_fob,
                   std::span<double const> population, GrowthLabSettings const& settings)
{
  Network network;
  std::size_t const n = network.countries = pairs.countries;
  network.exported.resize(n * n);
  network.imported.resize(n * n);
  network.as_exporter.resize(n);
  network.as_importer.resize(n);
  for (std::size_t pair = 0; pair < pairs.size(); ++pair)
  {
    std::int32_t const from = pairs.exporter[pair], to = pairs.importer[pair];
    double const most = std::fmax(pairs.exported[pair], at_fob[pair]);
    if (from == to || !(most >= settings.least_score_value))
    {
      continue;
    }
    auto const i = static_cast<std::size_t>(from), j = static_cast<std::size_t>(to);
    auto const counted = [&](double value)
    { return value / settings.deflator >= settings.least_score_value ? value / settings.deflator : 0; };
    network.exported[network.at(i, j)] = counted(pairs.exported[pair]);
    network.imported[network.at(i, j)] = counted(at_fob[pair]);
    network.as_exporter[i] = network.as_importer[j] = 1;
  }
  for (std::size_t country = 0; country < n; ++country)
  {
    if (population[country] < settings.least_population)
    {
      network.drop(country);
    }
  }
  return network;
}

/// Leaves out who declared nothing in a role, then who has few partners in it.
void leave_out(Network& network, GrowthLabSettings const& settings)
{
  std::size_t const n = network.countries;
  std::vector<std::uint8_t> const importers = network.as_importer;
  for (std::size_t i = 0; i < n; ++i)
  {
    bool declared = false;
    for (std::size_t j = 0; j < n; ++j)
    {
      declared |= importers[j] != 0 && network.exported[network.at(i, j)] > 0;
    }
    network.as_exporter[i] = network.as_exporter[i] != 0 && declared ? 1 : 0;
  }
  for (std::size_t j = 0; j < n; ++j)
  {
    bool declared = false;
    for (std::size_t i = 0; i < n; ++i)
    {
      declared |= network.as_exporter[i] != 0 && network.imported[network.at(i, j)] > 0;
    }
    network.as_importer[j] = network.as_importer[j] != 0 && declared ? 1 : 0;
  }
  for (bool const exporter : {false, true})
  {
    for (int pass = 0; pass < settings.flow_passes; ++pass)
    {
      std::vector<std::size_t> few;
      for (std::size_t country = 0; country < n; ++country)
      {
        bool const in = (exporter ? network.as_exporter : network.as_importer)[country] != 0;
        if (in && network.flows(country, exporter) < settings.least_flows)
        {
          few.push_back(country);
        }
      }
      std::for_each(few.begin(), few.end(), [&network](std::size_t country) { network.drop(country); });
    }
  }
  for (std::size_t country = 0; country < n; ++country)
  {
    if (network.as_exporter[country] == 0 || network.as_importer[country] == 0)
    {
      network.drop(country);
    }
  }
}

/// Matrix times vector; where an element is 0 the other factor does not count, not even when infinite.
double dot(std::span<double const> row, std::span<double const> scores)
{
  double sum = 0;
  for (std::size_t i = 0; i < row.size(); ++i)
  {
    sum += row[i] > 0 ? row[i] * scores[i] : 0;
  }
  return sum;
}

/// Discrepancies of the scored countries, by the role of the one that is scored.
struct Discrepancies
{
  std::size_t size = 0;
  std::vector<double> of_exporter, of_importer;  // [scored x scored]; the second is the first turned over
  std::vector<double> exporter_flows, importer_flows;

  std::span<double const> row(std::vector<double> const& matrix, std::size_t country) const
  {
    return std::span<double const>(matrix).subspan(country * size, size);
  }
};

struct Scores
{
  std::vector<double> exporter, importer;
};

/// New scores of one role from those of the other.
void update(Discrepancies const& given, std::vector<double> const& matrix, std::vector<double> const& flows,
            std::vector<double> const& other, std::vector<double>& scores)
{
  for (std::size_t i = 0; i < given.size; ++i)
  {
    scores[i] = 1 / (dot(given.row(matrix, i), other) / flows[i]);
  }
}

/// Scales the scores of both roles to equal geometric means: their product is all that the equations fix.
void equalise(Scores& scores)
{
  double sum = 0;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < scores.exporter.size(); ++i)
  {
    if (std::isfinite(scores.exporter[i]) && std::isfinite(scores.importer[i]))
    {
      sum += portable_log(scores.exporter[i]) - portable_log(scores.importer[i]);
      ++count;
    }
  }
  double const scale = count > 0 ? portable_exp(sum / static_cast<double>(2 * count)) : 1;
  for (std::size_t i = 0; i < scores.exporter.size(); ++i)
  {
    scores.exporter[i] /= scale;
    scores.importer[i] *= scale;
  }
}

Scores solve(Discrepancies const& given, GrowthLabSettings const& settings)
{
  bool const swapped = settings.labels == GrowthLabForm::published;
  auto const& exporter_matrix = swapped ? given.of_importer : given.of_exporter;
  auto const& importer_matrix = swapped ? given.of_exporter : given.of_importer;
  Scores scores{std::vector<double>(given.size, 1), std::vector<double>(given.size, 1)};
  if (settings.scores == GrowthLabForm::published)
  {
    for (int iteration = 0; iteration < settings.iterations; ++iteration)
    {
      Scores const old = scores;
      update(given, exporter_matrix, given.exporter_flows, old.importer, scores.exporter);
      update(given, importer_matrix, given.importer_flows, old.exporter, scores.importer);
    }
    return scores;
  }
  // Sinkhorn and Knopp's scaling of a matrix to given row and column sums; both add up to the flows, so it
  // settles, at a rate that does not depend on the size.
  constexpr int most_iterations = 10'000;
  constexpr double settled = 1e-14;
  double change = 1;
  for (int iteration = 0; iteration < most_iterations && change > settled; ++iteration)
  {
    std::vector<double> const old = scores.exporter;
    update(given, importer_matrix, given.importer_flows, scores.exporter, scores.importer);
    update(given, exporter_matrix, given.exporter_flows, scores.importer, scores.exporter);
    change = 0;
    for (std::size_t i = 0; i < given.size; ++i)
    {
      bool const finite = std::isfinite(scores.exporter[i]);
      change = std::max(change, finite ? std::fabs(scores.exporter[i] / old[i] - 1) : 0);
    }
  }
  equalise(scores);
  return scores;
}

}  // namespace

GrowthLabScores growth_lab_scores(GrowthLabPairs const& pairs, std::span<double const> imports_at_fob,
                                  std::span<double const> population, GrowthLabSettings const& settings)
{
  Network network = network_of(pairs, imports_at_fob, population, settings);
  leave_out(network, settings);
  std::size_t const n = pairs.countries;
  std::vector<std::size_t> scored;
  for (std::size_t country = 0; country < n; ++country)
  {
    if (network.as_exporter[country] != 0)
    {
      scored.push_back(country);
    }
  }
  Discrepancies given;
  std::size_t const size = given.size = scored.size();
  given.of_exporter.resize(size * size);
  given.of_importer.resize(size * size);
  GrowthLabScores result;
  result.countries = static_cast<std::int64_t>(size);
  result.exporter_flows.resize(n);
  result.importer_flows.resize(n);
  result.exporter_discrepancy = result.importer_discrepancy = std::vector<double>(n, nan);
  result.exporter_reliability = result.importer_reliability = std::vector<double>(n, nan);
  for (std::size_t i = 0; i < size; ++i)
  {
    for (std::size_t j = 0; j < size; ++j)
    {
      double const exported = network.exported[network.at(scored[i], scored[j])];
      double const imported = network.imported[network.at(scored[i], scored[j])];
      double const both = exported + imported;
      double const discrepancy = both > 0 ? std::fabs(exported - imported) / both : 0;
      given.of_exporter[i * size + j] = given.of_importer[j * size + i] = discrepancy;
    }
    result.exporter_flows[scored[i]] = network.flows(scored[i], true);
    result.importer_flows[scored[i]] = network.flows(scored[i], false);
    given.exporter_flows.push_back(static_cast<double>(result.exporter_flows[scored[i]]));
    given.importer_flows.push_back(static_cast<double>(result.importer_flows[scored[i]]));
  }
  Scores const scores = solve(given, settings);
  std::vector<double> const ones(size, 1);
  for (std::size_t i = 0; i < size; ++i)
  {
    auto const mean = [&](std::vector<double> const& matrix)
    { return dot(given.row(matrix, i), ones) / static_cast<double>(size); };
    result.exporter_discrepancy[scored[i]] = mean(given.of_exporter);
    result.importer_discrepancy[scored[i]] = mean(given.of_importer);
    result.exporter_reliability[scored[i]] = scores.exporter[i];
    result.importer_reliability[scored[i]] = scores.importer[i];
  }
  return result;
}

}  // namespace tarifa::kernels
