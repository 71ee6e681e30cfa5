#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/kernels/flow_columns.hpp"
#include "tests/kernels/reference_csv.hpp"
#include <gtest/gtest.h>

#include "kernels/mirror/growth_lab/growth_lab.hpp"

namespace tarifa::kernels::growth_lab_reference
{

inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr std::int32_t years[] = {2019, 2020, 2021};

inline std::string const mirror = "reference/mirror/";

/// Codes as numbers, in the order of their text.
class Codes
{
 public:
  void add(std::string const& code) { number_[code] = 0; }
  void count()
  {
    std::int32_t next = 0;
    for (auto& code : number_)
    {
      code.second = next++;
    }
  }
  std::int32_t operator[](std::string const& code) const { return number_.at(code); }
  bool has(std::string const& code) const { return number_.contains(code); }
  std::size_t size() const { return number_.size(); }

 private:
  std::map<std::string, std::int32_t> number_;
};

/// Everything the published program reads, for the years of the reference.
struct Input
{
  Codes countries, products;
  FlowColumns reports;  // as reported, partners recoded, not merged
  FlowColumns flows;    // reports of at least 1,000 USD, merged to one per pair and product
  CountryPairs geography{0};
  std::map<std::int32_t, std::vector<double>> population;
  GrowthLabSettings settings;
};

inline std::string recoded(std::string const& country, std::set<std::string> const& unspecified)
{
  static std::map<std::string, std::string> const other = {
      {"S19", "TWN"}, {"DDR", "DEU"}, {"SUN", "RUS"}, {"ZA1", "ZAF"}};
  auto const found = other.find(country);
  return found != other.end()                               ? found->second
         : unspecified.contains(country) || country.empty() ? "ANS"
                                                            : country;
}

inline void read_reports(Input& input)
{
  std::set<std::string> unspecified;
  for (std::string const& line : reference_lines("geo/areas_not_specified.csv", "^[0-9]"))
  {
    std::string const code = fields_of(line)[7];
    unspecified.insert(code.substr(0, code.find(' ')));
  }
  auto const lines =
      reference_lines("trade/comtrade_fish_hs6_annual_2000_2024.csv.gz", "^20(19|20|21),[XM],");
  std::vector<std::vector<std::string>> rows;
  for (std::string const& line : lines)
  {
    std::vector<std::string> fields = fields_of(line);
    fields[2] = recoded(fields[2], unspecified);
    fields[3] = recoded(fields[3], unspecified);
    fields[4] = fields[4].starts_with("9999") ? "999999" : fields[4];
    input.countries.add(fields[2]);
    input.countries.add(fields[3]);
    input.products.add(fields[4]);
    rows.push_back(std::move(fields));
  }
  input.countries.count();
  input.products.count();
  std::map<std::tuple<int, int, int, int>, std::size_t> place;
  for (auto const& row : rows)
  {
    bool const exports = row[1] == "X";
    std::int32_t const year = std::stoi(row[0]), product = input.products[row[4]];
    std::int32_t const reporter = input.countries[row[2]], partner = input.countries[row[3]];
    std::int32_t const from = exports ? reporter : partner, to = exports ? partner : reporter;
    double const value = std::strtod(row[5].c_str(), nullptr);
    input.reports.add(from, to, product, year, exports ? value : nan, exports ? nan : value);
    if (value < 1000)
    {
      continue;
    }
    auto const [found, is_new] = place.try_emplace({from, to, product, year}, input.flows.size());
    if (is_new)
    {
      input.flows.add(from, to, product, year, nan, nan);
    }
    double& total = (exports ? input.flows.exported : input.flows.imported)[found->second];
    total = std::isnan(total) ? value : total + value;
  }
}

inline Input const& input()
{
  static Input const whole = []
  {
    Input made;
    read_reports(made);
    made.settings.unspecified_country = made.countries["ANS"];
    made.geography = CountryPairs(made.countries.size());
    ReferenceCsv const distances("geo/cepii_dist.csv.gz");
    auto const from = distances.text("iso_o"), to = distances.text("iso_d");
    auto const harmonic = distances.numbers("distwces"), simple = distances.numbers("dist");
    auto const contiguous = distances.numbers("contig");
    for (std::size_t i = 0; i < from.size(); ++i)
    {
      if (made.countries.has(from[i]) && made.countries.has(to[i]))
      {
        bool const known = harmonic[i] > 0;  // the file has a point where it does not know
        made.geography.set(made.countries[from[i]], made.countries[to[i]], known ? harmonic[i] : simple[i],
                           contiguous[i] > 0);
      }
    }
    for (std::int32_t const year : years)
    {
      made.population[year].assign(made.countries.size(), nan);
    }
    for (std::string const& line : reference_lines("geo/population.csv.gz", ",(2019|2020|2021),[0-9.]+"))
    {
      auto const fields = fields_of(line);
      if (made.countries.has(fields[1]))
      {
        auto const country = static_cast<std::size_t>(made.countries[fields[1]]);
        made.population[std::stoi(fields[2])][country] = std::strtod(fields[3].c_str(), nullptr);
      }
    }
    return made;
  }();
  return whole;
}

/// Step 2 as the reference has it.
struct Step2
{
  GrowthLabPairs pairs;
  std::vector<double> at_fob;
};

inline Step2 reference_step2(std::int32_t year)
{
  ReferenceCsv const file(mirror + "harvard_step2_cif_fob_" + std::to_string(year) + ".csv.gz");
  auto const from = file.text("exporter"), to = file.text("importer");
  auto const exported = file.numbers("export_value_fob"), imported = file.numbers("import_value_cif");
  auto const at_fob = file.numbers("import_value_fob");
  std::map<std::pair<std::int32_t, std::int32_t>, std::size_t> order;
  for (std::size_t i = 0; i < from.size(); ++i)
  {
    order[{input().countries[from[i]], input().countries[to[i]]}] = i;
  }
  EXPECT_EQ(order.size(), from.size());
  Step2 step;
  step.pairs.countries = input().countries.size();
  for (auto const& pair : order)
  {
    step.pairs.exporter.push_back(pair.first.first);
    step.pairs.importer.push_back(pair.first.second);
    step.pairs.exported.push_back(exported[pair.second]);
    step.pairs.imported.push_back(imported[pair.second]);
    step.at_fob.push_back(at_fob[pair.second]);
  }
  return step;
}

inline GrowthLabPairs pairs_of(std::int32_t year, GrowthLabSettings const& settings)
{
  GrowthLabTotals totals(input().countries.size(), year);
  totals.add(input().reports.block(), settings);
  return totals.pairs(settings);
}

/// Largest relative difference of two columns; infinite where one is NaN and the other not.
class Worst
{
 public:
  void compare(double value, double reference)
  {
    ++compared_;
    if (std::isnan(value) != std::isnan(reference))
    {
      worst_ = std::numeric_limits<double>::infinity();
    }
    else if (!std::isnan(value) && value != reference)
    {
      worst_ = std::max(worst_, std::fabs(value - reference) / std::fabs(reference));
    }
  }
  double value() const { return worst_; }
  std::size_t compared() const { return compared_; }

 private:
  double worst_ = 0;
  std::size_t compared_ = 0;
};

inline void compare(Worst& worst, std::vector<double> const& values, std::vector<double> const& reference)
{
  ASSERT_EQ(values.size(), reference.size());
  for (std::size_t i = 0; i < values.size(); ++i)
  {
    worst.compare(values[i], reference[i]);
  }
}

inline double mean(std::vector<double> const& values)
{
  double sum = 0, count = 0;
  for (double const value : values)
  {
    sum += std::isnan(value) ? 0 : value;
    count += std::isnan(value) ? 0 : 1;
  }
  return sum / count;
}

inline double spearman(std::vector<double> const& x, std::vector<double> const& y)
{
  std::vector<std::size_t> known;
  for (std::size_t i = 0; i < x.size(); ++i)
  {
    if (!std::isnan(x[i]) && !std::isnan(y[i]))
    {
      known.push_back(i);
    }
  }
  auto const ranks = [&known](std::vector<double> const& values)
  {
    std::vector<double> rank;
    for (std::size_t const i : known)
    {
      rank.push_back(static_cast<double>(
          std::count_if(known.begin(), known.end(), [&](std::size_t j) { return values[j] < values[i]; })));
    }
    return rank;
  };
  auto const a = ranks(x), b = ranks(y);
  double const middle = static_cast<double>(known.size() - 1) / 2;
  double ab = 0, aa = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
  {
    ab += (a[i] - middle) * (b[i] - middle);
    aa += (a[i] - middle) * (a[i] - middle);
  }
  return ab / aa;
}

}  // namespace tarifa::kernels::growth_lab_reference
