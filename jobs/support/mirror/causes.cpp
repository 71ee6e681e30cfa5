#include "jobs/support/mirror/causes.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "jobs/support/mirror/cell_blocks.hpp"
#include "kernels/mirror/partner/non_reporters.hpp"
#include "pipeline/run/gather_rows.hpp"

namespace tarifa::jobs
{
namespace
{

using kernels::FlowBlock;
using kernels::GapPart;
using kernels::MirrorCells;

constexpr std::int64_t periods = 1'000'000;

/// Chapter and period in one number: cells with the same are taken apart together.
std::int64_t group_of(std::int64_t hs6, std::int64_t period) noexcept
{
  return hs6 / 10000 * periods + period;
}

/// A cell on its way to the rank that takes its chapter and period.
struct Sent
{
  std::int64_t imported, imported_fob, exported;
  double imported_kg, exported_kg;
  std::int32_t product, period;
  std::int16_t exporter, importer;
  std::uint8_t silent;

  std::int64_t group() const noexcept { return group_of(product, period); }
};

/// What comes back.
struct Found
{
  std::array<std::int64_t, kernels::gap_parts> part;
  std::uint32_t reasons;
  std::int8_t hypothesis;
};

template <class T>
std::vector<std::byte> bytes_of(std::vector<T> const& rows)
{
  auto const bytes = std::as_bytes(std::span(rows));
  return {bytes.begin(), bytes.end()};
}

template <class T>
std::vector<T> rows_of(std::vector<std::byte> const& bytes)
{
  std::vector<T> rows(bytes.size() / sizeof(T));
  if (!rows.empty())
  {
    std::memcpy(rows.data(), bytes.data(), bytes.size());
  }
  return rows;
}

/// Which rank takes which group: the largest first, each to the rank that has least so far.
std::map<std::int64_t, int> deal_groups(Comm const& comm, std::map<std::int64_t, std::int64_t> const& mine)
{
  struct Size
  {
    std::int64_t group, cells;
  };
  std::vector<Size> sizes;
  for (auto const& [group, cells] : mine)
  {
    sizes.push_back({group, cells});
  }
  std::map<std::int64_t, std::int64_t> all;
  for (Size const& size : gather_rows(comm, sizes))
  {
    all[size.group] += size.cells;
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> by_size;
  for (auto const& [group, cells] : all)
  {
    by_size.emplace_back(-cells, group);
  }
  std::sort(by_size.begin(), by_size.end());
  std::vector<std::int64_t> load(static_cast<std::size_t>(comm.size()));
  std::map<std::int64_t, int> owner;
  for (auto const& [cells, group] : by_size)
  {
    auto const least = std::min_element(load.begin(), load.end());
    owner[group] = static_cast<int>(least - load.begin());
    *least -= cells;
  }
  return owner;
}

/// Cells of one group as columns.
class Group
{
 public:
  Group(std::vector<Sent> const& rows, std::vector<std::size_t> const& members)
  {
    for (std::size_t const member : members)
    {
      Sent const& row = rows[member];
      exporter_.push_back(row.exporter);
      importer_.push_back(row.importer);
      product_.push_back(row.product);
      period_.push_back(row.period);
      imported_.push_back(row.imported);
      imported_fob_.push_back(row.imported_fob);
      exported_.push_back(row.exported);
      imported_kg_.push_back(row.imported_kg);
      exported_kg_.push_back(row.exported_kg);
      silent_.push_back(row.silent);
    }
  }
  kernels::GapCells cells() const
  {
    return {exporter_,    importer_, product_, period_, imported_, imported_fob_, exported_, imported_kg_,
            exported_kg_, {},        {},       {},      {}};
  }
  kernels::CellFacts facts() const { return {silent_, {}}; }

 private:
  std::vector<std::int32_t> exporter_, importer_, product_, period_;
  std::vector<std::int64_t> imported_, imported_fob_, exported_;
  std::vector<double> imported_kg_, exported_kg_;
  std::vector<std::uint8_t> silent_;
};

class Causes
{
 public:
  Causes(Run const& run, PartsSettings const& settings, int hs_digits, TradeFlows const& flows,
         std::vector<MirrorCells> const& cells, FobFigures const& figures)
      : run_(run)
      , flows_(flows)
      , cells_(cells)
      , figures_(figures)
      , weight_unit_(flows.weight_schema().stored_per_unit())
      , hs6_of_product_(hs_digits == 6   ? 1
                        : hs_digits == 4 ? 100
                                         : 10000)
  {
    unspecified_.resize(flows.countries().size());
    practice_.resize(flows.countries().size());
    for (std::string const& code : settings.unspecified)
    {
      if (std::optional<std::size_t> const country = flows.find_country(code))
      {
        unspecified_[*country] = 1;
        practice_[*country].unspecified = true;
      }
    }
  }

  std::vector<CellCauses> find(CellBlocks const& blocks)
  {
    if (blocks.years() <= 0)
    {
      return std::vector<CellCauses>(cells_.size());
    }
    kernels::ReporterPresence const presence = count_reporters(blocks);
    std::map<std::int64_t, std::int64_t> mine;
    each_cell([&](std::size_t range, std::size_t cell) { ++mine[group_of_cell(range, cell)]; });
    std::map<std::int64_t, int> const owner = deal_groups(run_.comm, mine);
    auto const ranks = static_cast<std::size_t>(run_.comm.size());
    std::vector<std::vector<Sent>> outgoing(ranks);
    each_cell(
        [&](std::size_t range, std::size_t cell)
        {
          auto const rank = static_cast<std::size_t>(owner.at(group_of_cell(range, cell)));
          outgoing[rank].push_back(sent(range, cell, presence));
        });
    std::vector<std::vector<std::byte>> bytes(ranks);
    for (std::size_t rank = 0; rank < ranks; ++rank)
    {
      bytes[rank] = bytes_of(outgoing[rank]);
      outgoing[rank] = {};
    }
    bytes = take_apart(run_.comm.exchange_bytes(std::move(bytes)));
    return sorted_in(run_.comm.exchange_bytes(std::move(bytes)), owner);
  }

 private:
  template <class Use>
  void each_cell(Use const& use) const
  {
    for (std::size_t range = 0; range < cells_.size(); ++range)
    {
      for (std::size_t cell = 0; cell < cells_[range].size(); ++cell)
      {
        use(range, cell);
      }
    }
  }

  std::int64_t group_of_cell(std::size_t range, std::size_t cell) const
  {
    std::uint64_t const key = cells_[range].key[cell];
    return group_of(flows_.hs(key) * hs6_of_product_, flows_.period(key));
  }

  kernels::ReporterPresence count_reporters(CellBlocks const& blocks) const
  {
    kernels::ReporterPresence presence =
        blocks.sum(kernels::ReporterPresence(flows_.countries().size(), blocks.first_year(),
                                             static_cast<std::size_t>(blocks.years())),
                   [](kernels::ReporterPresence& some, FlowBlock const& block) { some.add(block); });
    std::vector<std::int64_t> const all = run_.comm.sum(std::span<std::int64_t const>(presence.counts()));
    std::copy(all.begin(), all.end(), presence.counts().begin());
    return presence;
  }

  Sent sent(std::size_t range, std::size_t cell, kernels::ReporterPresence const& presence) const
  {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    MirrorCells const& cells = cells_[range];
    std::uint64_t const key = cells.key[cell];
    auto const exporter = static_cast<std::int32_t>(flows_.exporter(key));
    auto const importer = static_cast<std::int32_t>(flows_.importer(key));
    auto const period = static_cast<std::int32_t>(flows_.period(key));
    int const silent = (presence.is_absent(exporter, period, kernels::Direction::exports) ? 1 : 0)
                       | (presence.is_absent(importer, period, kernels::Direction::imports) ? 2 : 0);
    return {cells.import_value[cell],
            figures_.of_range[range].import_value_fob[cell],
            cells.export_value[cell],
            cells.has_import_weight(cell) ? static_cast<double>(cells.import_weight[cell]) / weight_unit_
                                          : unknown,
            cells.has_export_weight(cell) ? static_cast<double>(cells.export_weight[cell]) / weight_unit_
                                          : unknown,
            static_cast<std::int32_t>(flows_.hs(key)) * hs6_of_product_,
            period,
            static_cast<std::int16_t>(exporter),
            static_cast<std::int16_t>(importer),
            static_cast<std::uint8_t>(silent)};
  }

  /// Rows of each rank in, what was found of them out, in the same order.
  std::vector<std::vector<std::byte>> take_apart(std::vector<std::vector<std::byte>> incoming) const
  {
    return run_.comm.all_or_none("causes",
                                 [&]
                                 {
                                   std::vector<Sent> rows;
                                   std::vector<std::size_t> of_rank;
                                   for (std::vector<std::byte>& bytes : incoming)
                                   {
                                     std::vector<Sent> const more = rows_of<Sent>(bytes);
                                     rows.insert(rows.end(), more.begin(), more.end());
                                     of_rank.push_back(more.size());
                                     bytes = {};
                                   }
                                   std::map<std::int64_t, std::vector<std::size_t>> members;
                                   for (std::size_t row = 0; row < rows.size(); ++row)
                                   {
                                     members[rows[row].group()].push_back(row);
                                   }
                                   std::vector<std::vector<std::size_t>> groups;
                                   for (auto& [group, some] : members)
                                   {
                                     groups.push_back(std::move(some));
                                   }
                                   std::vector<Found> found(rows.size());
                                   ThreadTeam(run_.settings.threads)
                                       .each(groups.size(), [&](std::size_t group, int)
                                             { take_apart_group(rows, groups[group], found); });
                                   std::vector<std::vector<std::byte>> outgoing;
                                   auto begin = found.begin();
                                   for (std::size_t const count : of_rank)
                                   {
                                     auto const end = begin + static_cast<std::ptrdiff_t>(count);
                                     outgoing.push_back(bytes_of(std::vector<Found>(begin, end)));
                                     begin = end;
                                   }
                                   return outgoing;
                                 });
  }

  void take_apart_group(std::vector<Sent> const& rows, std::vector<std::size_t> const& members,
                        std::vector<Found>& found) const
  {
    Group const group(rows, members);
    kernels::GapCells const cells = group.cells();
    kernels::GapParts const parts = kernels::take_apart(cells, unspecified_, {});
    std::vector<std::uint32_t> const reasons =
        kernels::gap_reasons(cells, parts, group.facts(), practice_, {});
    std::vector<kernels::GapHypothesis> const hypotheses = kernels::gap_hypotheses_of(cells, parts, {}, {});
    for (std::size_t i = 0; i < members.size(); ++i)
    {
      Found& one = found[members[i]];
      for (std::size_t part = 0; part < kernels::gap_parts; ++part)
      {
        one.part[part] = parts.part[part][i];
      }
      one.reasons = reasons[i];
      one.hypothesis = static_cast<std::int8_t>(hypotheses[i]);
    }
  }

  std::vector<CellCauses> sorted_in(std::vector<std::vector<std::byte>> const& incoming,
                                    std::map<std::int64_t, int> const& owner) const
  {
    std::vector<std::vector<Found>> of_rank;
    for (std::vector<std::byte> const& bytes : incoming)
    {
      of_rank.push_back(rows_of<Found>(bytes));
    }
    std::vector<std::size_t> next(of_rank.size());
    std::vector<CellCauses> causes(cells_.size());
    for (std::size_t range = 0; range < cells_.size(); ++range)
    {
      for (auto& part : causes[range].parts.part)
      {
        part.resize(cells_[range].size());
      }
      causes[range].reasons.resize(cells_[range].size());
      causes[range].hypothesis.resize(cells_[range].size());
    }
    each_cell(
        [&](std::size_t range, std::size_t cell)
        {
          auto const rank = static_cast<std::size_t>(owner.at(group_of_cell(range, cell)));
          Found const& one = of_rank[rank][next[rank]++];
          for (std::size_t part = 0; part < kernels::gap_parts; ++part)
          {
            causes[range].parts.part[part][cell] = one.part[part];
          }
          causes[range].reasons[cell] = static_cast<std::int32_t>(one.reasons);
          causes[range].hypothesis[cell] = one.hypothesis;
        });
    return causes;
  }

  Run const& run_;
  TradeFlows const& flows_;
  std::vector<MirrorCells> const& cells_;
  FobFigures const& figures_;
  double weight_unit_;
  std::int32_t hs6_of_product_;
  std::vector<std::uint8_t> unspecified_;
  std::vector<kernels::CountryPractice> practice_;
};

}  // namespace

void PartsSettings::declare(Options& options)
{
  options.add("causes", wanted, "take every gap apart and name reasons");
  options.add("unspecified", unspecified,
              "codes of partners that are no country: areas not specified, bunkers, confidential");
}

ResultColumn part_column(GapPart part, ColumnSchema const& value)
{
  ResultColumn column = result_column<std::int64_t>(
      std::string("gap_") + kernels::name_of(part), value.unit,
      fmt::format("part of the gap (import value less export value): {}", kernels::name_of(part)));
  column.scale = value.scale;
  return column;
}

void write_reasons(Run const& run, ResultFile& result)
{
  std::vector<std::string> hypotheses, names, wordings, rules;
  for (std::size_t i = 0; i < kernels::gap_hypotheses; ++i)
  {
    hypotheses.emplace_back(kernels::name_of(static_cast<kernels::GapHypothesis>(i)));
  }
  std::vector<std::int32_t> bit, place;
  for (kernels::GapReasonText const& text : kernels::gap_reason_texts())
  {
    if (run.comm.is_root())
    {
      bit.push_back(static_cast<std::int32_t>(text.reason));
      place.push_back(static_cast<std::int32_t>(names.size()));
    }
    names.emplace_back(text.name);
    wordings.emplace_back(text.wording);
    rules.emplace_back(text.rule);
  }
  result.add_labels("hypothesis", hypotheses);
  result.add_labels("reason", names);
  result.add_labels("reason_wording", wordings);
  result.add_labels("reason_rule", rules);
  std::vector<ResultColumn> columns{result_column<std::int32_t>("bit", "1", "bit of the cell's reasons"),
                                    result_column<std::int32_t>("reason", "1", "its name"),
                                    result_column<std::int32_t>("wording", "1", "what it says"),
                                    result_column<std::int32_t>("rule", "1", "when it is set")};
  columns[1].labels = "reason";
  columns[2].labels = "reason_wording";
  columns[3].labels = "reason_rule";
  columns[0].add(std::span<std::int32_t const>(bit));
  for (std::size_t i = 1; i < columns.size(); ++i)
  {
    columns[i].add(std::span<std::int32_t const>(place));
  }
  result.add_table("reasons", "Reasons of gaps", columns);
}

std::vector<CellCauses> find_causes(Run const& run, PartsSettings const& settings, int hs_digits,
                                    TradeFlows const& flows, std::vector<MirrorCells> const& cells,
                                    CellBlocks const& blocks, FobFigures const& figures)
{
  if (!settings.wanted)
  {
    return {};
  }
  return Causes(run, settings, hs_digits, flows, cells, figures).find(blocks);
}

}  // namespace tarifa::jobs
