// tarifa's worker of the side-by-side benchmark: answers the tasks of bench/README.md, one JSON line each.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>

#include "bench/queries.hpp"
#include <malloc.h>

#include "pipeline/ingest/ingest.hpp"
#include "pipeline/run/version.hpp"

namespace
{

using namespace tarifa;
using namespace tarifa::bench;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

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
      , log_(comm, {"", ProgressStyle::none, ""})
      , queries_(comm, arguments_.store / "archive", arguments_.threads)
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
        {"ingest", [&] { return ingest_fresh(reply); }},
        {"sum", [&] { return query(&Queries::sum, &Queries::check_sum); }},
        {"group_basic", [&] { return query(&Queries::group_basic, &Queries::check_group_basic); }},
        {"group_median", [&] { return query(&Queries::group_median, &Queries::check_group_median); }},
        {"mirror", [&] { return query(&Queries::mirror, &Queries::check_mirror); }},
        {"quartiles", [&] { return query(&Queries::quartiles, &Queries::check_quartiles); }}};
    auto const found = tasks.find(task);
    if (found == tasks.end())
    {
      reply["error"] = "unknown task '" + task + "'";
    }
    else
    {
      spent_ = {};
      with_checks_ = request.value("checks", true);
      Json const checks = found->second();
      reply["seconds"] = spent_.seconds;
      reply["cpu_seconds"] = spent_.cpu_seconds;
      reply["process_cpu_seconds"] = cpu_seconds();
      reply["peak_rss_kb"] = peak_rss_kb();
      reply["checks"] = checks;
    }
    reply["version"] = build_facts().version + " (" + build_facts().git_hash + ")";
    return reply;
  }

 private:
  /// A query on the clock; `check` takes its figures.
  Json query(void (Queries::*run)(), Json (Queries::*check)() const)
  {
    spent_ = timed([&] { (queries_.*run)(); });
    return with_checks_ ? (queries_.*check)() : Json::object();
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
    Options const options;
    Stop const stop({});
    Run run{comm_, log_, options, stop, {}, "ingest", ""};
    run.settings.threads = arguments_.threads;
    return ingest(run, source, files(table), settings);
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

  Json ingest_fresh(Json& reply)
  {
    fs::path const archive = arguments_.store / "fresh";
    IngestReport report;
    spent_ = timed([&] { report = ingest_into(archive, "declarations"); });
    reply["native_bytes"] = report.archive_bytes;
    Json checks = Json::object();
    if (with_checks_)
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
      table.open(shard, cells);
      while (cells.next())
      {
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

  Comm const& comm_;
  Arguments arguments_;
  Log log_;
  Queries queries_;
  Spent spent_;
  bool with_checks_ = true;
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
