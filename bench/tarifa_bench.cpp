// tarifa's worker of the side-by-side benchmark: answers the tasks of bench/README.md, one JSON line each.
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>

#include <malloc.h>
#include <nlohmann/json.hpp>
#include <omp.h>

#include "jobs/support/trade_flows.hpp"
#include "kernels/mirror/mirror_cells.hpp"
#include "pipeline/archive/table_reader.hpp"
#include "pipeline/group/group_rows.hpp"
#include "pipeline/group/run_statistics.hpp"
#include "pipeline/group/total_groups.hpp"
#include "pipeline/ingest/ingest.hpp"
#include "pipeline/run/version.hpp"

namespace
{

using namespace tarifa;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

double cpu_seconds()
{
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::int64_t peak_rss_kb()
{
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
  {
    if (line.starts_with("VmHWM:"))
    {
      return std::stoll(line.substr(6));
    }
  }
  return 0;
}

/// Value in stored units as a number of dollars or kg.
double unscaled(Int128 value, int scale)
{
  double number = static_cast<double>(value);
  for (int i = 0; i < scale; ++i)
  {
    number /= 10;
  }
  return number;
}

struct Arguments
{
  fs::path data, store;
  int threads = 2;
};

class Worker
{
 public:
  Worker(Comm const& comm, Arguments arguments)
      : comm_(comm)
      , arguments_(std::move(arguments))
      , log_(false, ProgressStyle::none)
  {
  }

  Json answer(Json const& request)
  {
    std::string const task = request.at("task");
    Json reply{{"task", task}};
    std::map<std::string, std::function<Json()>> const tasks = {
        {"hello", [] { return Json::object(); }},
        {"prepare_declarations", [&] { return prepare("declarations"); }},
        {"prepare_trade", [&] { return prepare("trade"); }},
        {"ingest", [&] { return ingest_fresh(request, reply); }},
        {"sum", [&] { return sum(); }},
        {"group_basic", [&] { return group_basic(); }},
        {"group_median", [&] { return group_median(); }},
        {"mirror", [&] { return mirror(); }},
        {"quartiles", [&] { return quartiles(); }}};
    auto const found = tasks.find(task);
    if (found == tasks.end())
    {
      reply["error"] = "unknown task '" + task + "'";
    }
    else
    {
      seconds_ = cpu_ = 0;
      Json const checks = found->second();
      reply["seconds"] = seconds_;
      reply["cpu_seconds"] = cpu_;
      reply["process_cpu_seconds"] = cpu_seconds();
      reply["peak_rss_kb"] = peak_rss_kb();
      reply["checks"] = checks;
    }
    reply["version"] = build_facts().version + " (" + build_facts().git_hash + ")";
    return reply;
  }

 private:
  /// Runs `work` on the clock of the task.
  template <class Work>
  void timed(Work&& work)
  {
    double const cpu = cpu_seconds();
    auto const start = std::chrono::steady_clock::now();
    work();
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    cpu_ = cpu_seconds() - cpu;
  }

  std::vector<fs::path> files(std::string const& prefix) const
  {
    std::vector<fs::path> found;
    for (auto const& entry : fs::directory_iterator(arguments_.data))
    {
      if (entry.path().filename().string().starts_with(prefix))
      {
        found.push_back(entry.path());
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  IngestReport ingest_into(fs::path const& archive, std::string const& table)
  {
    Source source =
        read_source(fs::path(TARIFA_SOURCE_DIR) / "configs/sources" / ("synth-" + table + ".ini"));
    source.duplicates = DuplicateRule::none;  // the peers do not look for duplicates either
    IngestSettings settings;
    settings.archive = archive;
    settings.threads = arguments_.threads;
    return ingest(comm_, log_, source, files(table), settings);
  }

  Json prepare(std::string const& table)
  {
    fs::path const archive = arguments_.store / "archive";
    if (!fs::exists(archive / table))
    {
      ingest_into(archive, table);
    }
    return Json::object();
  }

  Json ingest_fresh(Json const& request, Json& reply)
  {
    fs::path const archive = arguments_.store / "fresh";
    IngestReport report;
    timed([&] { report = ingest_into(archive, "declarations"); });
    reply["native_bytes"] = report.archive_bytes;
    Json checks = Json::object();
    if (request.value("checks", true))
    {
      checks = ingest_checks(archive);
    }
    fs::remove_all(archive);
    return checks;
  }

  Json ingest_checks(fs::path const& archive)
  {
    TableReader const table(comm_, archive, "declarations", {{"customs_value", "net_mass", "hs6"}, {}, {}});
    ShardBuffer cells;
    Int128 value = 0;
    Int128 weight = 0;
    std::int64_t weighed = 0;
    std::int64_t hs = 0;
    for (std::size_t shard = 0; shard < table.shards().size(); ++shard)
    {
      table.read(shard, cells);
      auto const valid = cells.valid(1);
      for (std::size_t row = 0; row < static_cast<std::size_t>(cells.rows()); ++row)
      {
        value += cells.wide(0)[row];
        bool const there = valid.empty() || valid[row] != 0;
        weighed += there ? 1 : 0;
        weight += there ? cells.wide(1)[row] : 0;
        hs += hs_of(table, cells, 2, row);
      }
    }
    return {{"n_rows", table.rows()},
            {"n_weight", weighed},
            {"sum_value", unscaled(value, table.column(0).schema.scale)},
            {"sum_weight", unscaled(weight, table.column(1).schema.scale)},
            {"n_hs6_sum", hs}};
  }

  static std::int64_t hs_of(TableReader const& table, ShardBuffer const& cells, std::size_t column,
                            std::size_t row)
  {
    return table.column(column).is_wide ? cells.wide(column)[row] : cells.narrow(column)[row];
  }

  Json sum()
  {
    Int128 total = 0;
    std::int64_t rows = 0;
    int scale = 0;
    timed(
        [&]
        {
          TableReader const table(comm_, arguments_.store / "archive", "declarations",
                                  {{"customs_value"}, {}, {}});
          rows = table.rows();
          scale = table.column(0).schema.scale;
          std::vector<std::int64_t> sums(table.shards().size());
          std::vector<ShardBuffer>& cells = buffers();
#pragma omp parallel for schedule(dynamic, 1) num_threads(arguments_.threads)
          for (std::size_t shard = 0; shard < sums.size(); ++shard)
          {
            ShardBuffer& mine = cells[static_cast<std::size_t>(omp_get_thread_num())];
            table.read(shard, mine);
            std::int64_t part = 0;
            for (std::int64_t const value : mine.wide(0))
            {
              part += value;
            }
            sums[shard] = part;
          }
          for (std::int64_t const part : sums)
          {
            total += part;
          }
        });
    return {{"n_rows", rows}, {"sum_value", unscaled(total, scale)}};
  }

  std::vector<ShardBuffer>& buffers()
  {
    buffers_.resize(static_cast<std::size_t>(arguments_.threads));
    return buffers_;
  }

  /// Key of some columns of the declarations.
  struct Keys
  {
    TableReader const& table;
    std::size_t fields;
    KeyLayout layout;

    Keys(TableReader const& reader, std::size_t count)
        : table(reader)
        , fields(count)
        , layout(fields_of(reader, count))
    {
    }
    static KeyLayout fields_of(TableReader const& reader, std::size_t count)
    {
      std::vector<KeyField> fields;
      for (std::size_t c = 0; c < count; ++c)
      {
        fields.push_back(KeyField::between(reader.column(c).facts.minimum, reader.column(c).facts.maximum));
      }
      return KeyLayout(std::move(fields));
    }
    void pack(ShardBuffer const& cells, std::size_t begin, std::size_t count,
              std::span<std::uint64_t> keys) const
    {
      for (std::size_t c = 0; c < fields; ++c)
      {
        if (table.column(c).is_wide)
        {
          layout.pack(c, cells.wide(c).subspan(begin, count), keys);
        }
        else
        {
          layout.pack(c, cells.narrow(c).subspan(begin, count), keys);
        }
      }
    }
  };

  static constexpr std::size_t block_rows = 8192;

  /// Rows of one shard with their key and one payload made by `value`; negative payloads are left out.
  template <class Value>
  auto producer(TableReader const& table, Keys const& keys, Value value)
  {
    return [this, &table, &keys, value](std::int64_t shard, GroupBuffer<1> const& rows)
    {
      ShardBuffer& cells = buffers()[static_cast<std::size_t>(omp_get_thread_num())];
      table.read(static_cast<std::size_t>(shard), cells);
      auto const total = static_cast<std::size_t>(cells.rows());
      for (std::size_t begin = 0; begin < total; begin += block_rows)
      {
        std::size_t const count = std::min(block_rows, total - begin);
        keys.pack(cells, begin, count, rows.keys().first(count));
        std::size_t kept = 0;
        for (std::size_t row = 0; row < count; ++row)
        {
          std::int64_t const payload = value(cells, begin + row);
          rows.keys()[kept] = rows.keys()[row];
          rows.value(0)[kept] = payload;
          kept += payload >= 0 ? 1 : 0;
        }
        if (!rows.emit(kept))
        {
          return;
        }
      }
    };
  }

  GroupSettings grouping(int key_bits, ValueOrder order) const
  {
    GroupSettings settings;
    settings.key_bits = key_bits;
    settings.order = order;
    settings.threads = arguments_.threads;
    return settings;
  }

  Json group_basic()
  {
    std::optional<TableReader> table;
    std::optional<Keys> keys;
    timed(
        [&]
        {
          table.emplace(comm_, arguments_.store / "archive", "declarations",
                        ReadRequest{{"reporter", "origin", "hs6", "year", "customs_value"}, {}, {}});
          keys.emplace(*table, 4);
          buffers();
          auto const produce = producer(
              *table, *keys, [](ShardBuffer const& cells, std::size_t row) { return cells.wide(4)[row]; });
          total_groups<1>(comm_, grouping(keys->layout.bits(), ValueOrder::any), arena_,
                          {static_cast<std::int64_t>(table->shards().size()), table->rows()}, produce,
                          totals_);
        });
    Int128 rows = 0, sum = 0, least = 0, most = 0, mix = 0;
    for (int r = 0; r < totals_.ranges(); ++r)
    {
      auto const& range = totals_.range(r);
      for (std::size_t g = 0; g < range.key.size(); ++g)
      {
        std::int64_t const hs = keys->layout.unpack(2, range.key[g]);
        rows += range.count[g];
        sum += range.sum[0][g];
        least += range.least[0][g];
        most += range.most[0][g];
        mix += static_cast<Int128>(range.sum[0][g]) * (hs % 97);
      }
    }
    int const scale = table->column(4).schema.scale;
    return {{"n_groups", totals_.groups()},      {"n_rows", static_cast<std::int64_t>(rows)},
            {"sum_value", unscaled(sum, scale)}, {"sum_min", unscaled(least, scale)},
            {"sum_max", unscaled(most, scale)},  {"mix_value", unscaled(mix, scale)}};
  }

  /// One group with an order statistic or more.
  struct Group
  {
    std::uint64_t key;
    std::int64_t count, sum, least, most;
    double q1, q2, q3, mad;
  };

  /// Groups of sorted runs, range by range; memory is kept between calls.
  template <class Describe>
  void describe_groups(std::size_t columns, std::vector<std::string> names, Describe&& describe,
                       std::function<std::int64_t(ShardBuffer const&, std::size_t)> value,
                       std::optional<TableReader>& table, std::optional<Keys>& keys)
  {
    timed(
        [&]
        {
          table.emplace(comm_, arguments_.store / "archive", "declarations",
                        ReadRequest{std::move(names), {}, {}});
          keys.emplace(*table, columns);
          buffers();
          auto const produce = producer(*table, *keys, value);
          GroupSettings const settings = grouping(keys->layout.bits(), ValueOrder::ascending);
          GroupPlan const plan =
              plan_groups<1>(comm_, settings, arena_,
                             {static_cast<std::int64_t>(table->shards().size()), table->rows()}, produce);
          groups_.resize(static_cast<std::size_t>(plan.ranges()));
          group_rows<1>(comm_, plan, arena_, produce,
                        [&](int range, std::span<GroupRow<1> const> sorted)
                        {
                          std::vector<Group>& out = groups_[static_cast<std::size_t>(range)];
                          out.clear();
                          for_each_run<1>(sorted, [&](std::span<GroupRow<1> const> run)
                                          { out.push_back(describe(run)); });
                        });
        });
  }

  Json group_median()
  {
    std::optional<TableReader> table;
    std::optional<Keys> keys;
    describe_groups(
        4, {"reporter", "origin", "hs6", "year", "customs_value"},
        [](std::span<GroupRow<1> const> run)
        {
          Group group{run.front().key,
                      static_cast<std::int64_t>(run.size()),
                      0,
                      run.front().value[0],
                      run.back().value[0],
                      0,
                      median(SortedValues(run)).value(),
                      0,
                      0};
          for (GroupRow<1> const& row : run)
          {
            group.sum += row.value[0];
          }
          return group;
        },
        [](ShardBuffer const& cells, std::size_t row) { return cells.wide(4)[row]; }, table, keys);
    Int128 rows = 0, sum = 0, least = 0, most = 0, mix = 0;
    std::int64_t count = 0;
    double medians = 0, mixed_medians = 0;
    for (auto const& range : groups_)
    {
      for (Group const& group : range)
      {
        std::int64_t const hs = keys->layout.unpack(2, group.key);
        ++count;
        rows += group.count;
        sum += group.sum;
        least += group.least;
        most += group.most;
        mix += static_cast<Int128>(group.sum) * (hs % 97);
        medians += group.q2;
        mixed_medians += group.q2 * static_cast<double>(hs % 97);
      }
    }
    int const scale = table->column(4).schema.scale;
    double const unit = unscaled(1, scale);
    return {{"n_groups", count},
            {"n_rows", static_cast<std::int64_t>(rows)},
            {"sum_value", unscaled(sum, scale)},
            {"sum_min", unscaled(least, scale)},
            {"sum_max", unscaled(most, scale)},
            {"mix_value", unscaled(mix, scale)},
            {"sum_median", medians * unit},
            {"mix_median", mixed_medians * unit}};
  }

  Json quartiles()
  {
    // Unit values as integers of 10^-9 dollars per kg: order statistics are then exact comparisons.
    constexpr double fine = 1e9;
    std::optional<TableReader> table;
    std::optional<Keys> keys;
    describe_groups(
        2, {"hs6", "origin", "customs_value", "net_mass"},
        [](std::span<GroupRow<1> const> run)
        {
          SortedValues const values(run);
          return Group{run.front().key,
                       static_cast<std::int64_t>(run.size()),
                       0,
                       0,
                       0,
                       quantile(values, {1, 4}).value(),
                       quantile(values, {1, 2}).value(),
                       quantile(values, {3, 4}).value(),
                       median_absolute_deviation(values).value()};
        },
        [](ShardBuffer const& cells, std::size_t row)
        {
          auto const valid = cells.valid(3);
          std::int64_t const weight = cells.wide(3)[row];
          bool const usable = weight > 0 && (valid.empty() || valid[row] != 0);
          return usable ? static_cast<std::int64_t>(
                     static_cast<double>(cells.wide(2)[row]) * fine / static_cast<double>(weight) + 0.5)
                        : std::int64_t{-1};
        },
        table, keys);
    std::int64_t count = 0, rows = 0;
    double q1 = 0, q2 = 0, q3 = 0, mad = 0, mix_q2 = 0, mix_mad = 0;
    for (auto const& range : groups_)
    {
      for (Group const& group : range)
      {
        auto const weight = static_cast<double>(keys->layout.unpack(0, group.key) % 97);
        ++count;
        rows += group.count;
        q1 += group.q1 / fine;
        q2 += group.q2 / fine;
        q3 += group.q3 / fine;
        mad += group.mad / fine;
        mix_q2 += weight * group.q2 / fine;
        mix_mad += weight * group.mad / fine;
      }
    }
    return {{"n_groups", count}, {"n_rows", rows}, {"sum_q1", q1},     {"sum_q2", q2},
            {"sum_q3", q3},      {"sum_mad", mad}, {"mix_q2", mix_q2}, {"mix_mad", mix_mad}};
  }

  Json mirror()
  {
    std::optional<TableReader> table;
    std::optional<jobs::TradeFlows> flows;
    kernels::MirrorSettings const settings{1'060'000};
    timed(
        [&]
        {
          table.emplace(comm_, arguments_.store / "archive", "trade",
                        ReadRequest{jobs::TradeFlows::columns(), {}, {}});
          flows.emplace(*table, jobs::TradeFlowSettings{});
          buffers();
          auto const produce = [&](std::int64_t shard, GroupBuffer<2> const& rows)
          {
            flows->produce(static_cast<std::size_t>(shard),
                           buffers_[static_cast<std::size_t>(omp_get_thread_num())], rows);
          };
          GroupSettings const group = grouping(flows->key_bits(), ValueOrder::any);
          GroupPlan const plan =
              plan_groups<2>(comm_, group, arena_,
                             {static_cast<std::int64_t>(table->shards().size()), table->rows()}, produce);
          cells_.assign(static_cast<std::size_t>(plan.ranges()), {});
          group_rows<2>(
              comm_, plan, arena_, produce,
              [&](int range, std::span<GroupRow<2> const> sorted)
              {
                require(kernels::compare_sides(sorted, settings, cells_[static_cast<std::size_t>(range)]),
                        Fault::data, "a value leaves 64 bits");
              });
        });
    std::int64_t rows = 0, both = 0, imported = 0, exported = 0;
    Int128 cif = 0, fob = 0, gap = 0, absolute = 0, mix = 0;
    for (kernels::MirrorCells const& cells : cells_)
    {
      for (std::size_t i = 0; i < cells.size(); ++i)
      {
        ++rows;
        both += cells.status[i] == 0;
        imported += cells.import_records[i] > 0;
        exported += cells.export_records[i] > 0;
        cif += cells.import_value[i];
        fob += cells.export_value[i];
        if (cells.status[i] == 0)
        {
          std::int64_t const size = std::abs(cells.asymmetry[i]);
          gap += cells.asymmetry[i];
          absolute += size;
          mix += static_cast<Int128>(size) * (flows->hs(cells.key[i]) % 97);
        }
      }
    }
    int const scale = table->column(5).schema.scale;
    return {{"n_rows", rows},
            {"n_both", both},
            {"n_import", imported},
            {"n_export", exported},
            {"sum_cif", unscaled(cif, scale)},
            {"sum_fob", unscaled(fob, scale)},
            {"sum_gap", unscaled(gap, scale)},
            {"sum_abs_gap", unscaled(absolute, scale)},
            {"mix_gap", unscaled(mix, scale)}};
  }

  Comm const& comm_;
  Arguments arguments_;
  Log log_;
  GroupArena arena_;
  TotalsTable<1> totals_;
  std::vector<std::vector<Group>> groups_;
  std::vector<kernels::MirrorCells> cells_;
  std::vector<ShardBuffer> buffers_;
  double seconds_ = 0, cpu_ = 0;
};

}  // namespace

int main(int argc, char** argv)
{
  // A warm process keeps its memory, as the peers' allocators do.
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  MpiSession const session(argc, argv);
  Comm const comm(MPI_COMM_WORLD);
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2)
  {
    std::string const name = argv[i];
    if (name == "--data")
    {
      arguments.data = argv[i + 1];
    }
    else if (name == "--store")
    {
      arguments.store = argv[i + 1];
    }
    else if (name == "--threads")
    {
      arguments.threads = std::stoi(argv[i + 1]);
    }
  }
  Worker worker(comm, arguments);
  for (std::string line; std::getline(std::cin, line);)
  {
    Json reply;
    try
    {
      reply = worker.answer(Json::parse(line));
    }
    catch (std::exception const& error)
    {
      reply = {{"error", error.what()}};
    }
    std::cout << reply.dump() << std::endl;
  }
  return 0;
}
