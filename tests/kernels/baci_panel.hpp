#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/kernels/reference_csv.hpp"

#include "kernels/mirror/country_pairs.hpp"
#include "kernels/mirror/flow_block.hpp"

namespace tarifa::kernels
{

/// Flows as columns, to be cut into blocks.
struct FlowColumns
{
  std::vector<std::int32_t> exporter, importer, product, period;
  std::vector<double> exported, imported, exported_kg, imported_kg;

  std::size_t size() const { return exporter.size(); }

  void add(std::int32_t from, std::int32_t to, std::int32_t of, std::int32_t when, double x, double m,
           double x_kg, double m_kg)
  {
    exporter.push_back(from);
    importer.push_back(to);
    product.push_back(of);
    period.push_back(when);
    exported.push_back(x);
    imported.push_back(m);
    exported_kg.push_back(x_kg);
    imported_kg.push_back(m_kg);
  }

  FlowBlock block(std::size_t begin, std::size_t end) const
  {
    auto const part = [&](auto const& column) { return std::span(column).subspan(begin, end - begin); };
    return {part(exporter), part(importer), part(product),     part(period),
            part(exported), part(imported), part(exported_kg), part(imported_kg)};
  }
  FlowBlock block() const { return block(0, size()); }
};

/// Calls use(begin, end) for stretches of `rows` rows of about `length`.
template <class Use>
void for_stretches(std::size_t rows, std::size_t length, Use const& use)
{
  for (std::size_t begin = 0; begin < rows; begin += length)
  {
    use(begin, std::min(rows, begin + length));
  }
}

/// The flows of the reference panel of BACI, with dense indices in the order of the codes.
struct BaciPanel
{
  std::vector<std::string> countries, products;
  FlowColumns flows;
  std::vector<double> distance, unit_value, cif2;
  std::vector<bool> contiguous;
  std::vector<bool> landlocked;  ///< [countries]

  explicit BaciPanel(std::int32_t first_year = 0)
  {
    ReferenceCsv const csv("reference/mirror/baci_panel.csv.gz");
    auto const& from = csv.text("exp");
    auto const& to = csv.text("imp");
    auto const& code = csv.text("cmd_code");
    std::set<std::string> names(from.begin(), from.end());
    names.insert(to.begin(), to.end());
    countries.assign(names.begin(), names.end());
    std::set<std::string> const codes(code.begin(), code.end());
    products.assign(codes.begin(), codes.end());
    landlocked.resize(countries.size());
    unit_value.resize(products.size());
    auto const year = csv.numbers("year"), v_x = csv.numbers("v_x"), q_x = csv.numbers("q_x");
    auto const v_m = csv.numbers("v_m"), q_m = csv.numbers("q_m"), dd = csv.numbers("dd");
    auto const contig = csv.numbers("contig"), ll_i = csv.numbers("ll_i"), ll_j = csv.numbers("ll_j");
    auto const luv = csv.numbers("luv"), ratio = csv.numbers("cif2");
    for (std::size_t row = 0; row < csv.rows(); ++row)
    {
      std::int32_t const i = place(countries, from[row]), j = place(countries, to[row]);
      std::int32_t const k = place(products, code[row]);
      unit_value[static_cast<std::size_t>(k)] = std::exp(luv[row]);
      landlocked[static_cast<std::size_t>(i)] = ll_i[row] > 0;
      landlocked[static_cast<std::size_t>(j)] = ll_j[row] > 0;
      if (year[row] >= first_year)
      {
        flows.add(i, j, k, static_cast<std::int32_t>(year[row]), v_x[row], v_m[row], q_x[row], q_m[row]);
        distance.push_back(dd[row]);
        contiguous.push_back(contig[row] > 0);
        cif2.push_back(ratio[row]);
      }
    }
  }

  CountryPairs pairs() const
  {
    CountryPairs made(countries.size());
    for (std::size_t row = 0; row < flows.size(); ++row)
    {
      made.set(flows.exporter[row], flows.importer[row], distance[row], contiguous[row]);
    }
    for (std::size_t country = 0; country < countries.size(); ++country)
    {
      if (landlocked[country])
      {
        made.set_landlocked(static_cast<std::int32_t>(country));
      }
    }
    return made;
  }

  static std::int32_t place(std::vector<std::string> const& sorted, std::string const& name)
  {
    return static_cast<std::int32_t>(std::lower_bound(sorted.begin(), sorted.end(), name) - sorted.begin());
  }
};

/// Checks against a reference to a relative tolerance.
inline double relative_difference(double value, double reference)
{
  return std::abs(value - reference) / std::abs(reference);
}

}  // namespace tarifa::kernels
