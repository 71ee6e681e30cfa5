#include "pipeline/run/placement.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include "pipeline/run/amount_text.hpp"

namespace tarifa
{
namespace
{

cpu_set_t allowed_cores()
{
  cpu_set_t cores;
  CPU_ZERO(&cores);
  sched_getaffinity(0, sizeof cores, &cores);
  return cores;
}

std::string as_bytes(cpu_set_t const& cores)
{
  return {reinterpret_cast<char const*>(&cores), sizeof cores};
}

cpu_set_t from_bytes(std::string const& bytes)
{
  cpu_set_t cores;
  std::memcpy(&cores, bytes.data(), sizeof cores);
  return cores;
}

MemoryGiven memory_from(std::string const& text)
{
  std::size_t const blank = text.find(' ');
  return {std::stoll(text.substr(0, blank)), text.substr(blank + 1)};
}

/// "n1, n2, n3", or the first and the last of many.
std::string names_text(std::vector<Placement::Host> const& hosts)
{
  constexpr std::size_t most = 4;
  std::vector<std::string> names;
  for (Placement::Host const& host : hosts)
  {
    names.push_back(host.name);
  }
  return names.size() <= most ? fmt::format("{}", fmt::join(names, ", "))
                              : fmt::format("{} ... {}", names.front(), names.back());
}

/// "8", or "1 to 8".
std::string range_text(std::vector<int> const& values)
{
  auto const [least, most] = std::minmax_element(values.begin(), values.end());
  return *least == *most ? std::to_string(*least) : fmt::format("{} to {}", *least, *most);
}

}  // namespace

Placement find_placement(Comm const& comm, int threads)
{
  std::vector<std::string> const masks = comm.gather_all(as_bytes(allowed_cores()));
  std::vector<std::string> const names = comm.gather_all(host_name());
  MemoryGiven const given = memory_given();
  std::vector<std::string> const memory = comm.gather_all(fmt::format("{} {}", given.bytes, given.by));
  std::map<std::string, cpu_set_t> united;
  std::map<std::string, Placement::Host> hosts;
  Placement placement;
  placement.threads = threads;
  for (std::size_t rank = 0; rank < names.size(); ++rank)
  {
    cpu_set_t const mine = from_bytes(masks[rank]);
    placement.cores.push_back(CPU_COUNT(&mine));
    auto const [at, is_new] = united.try_emplace(names[rank]);
    if (is_new)
    {
      CPU_ZERO(&at->second);
    }
    Placement::Host& host = hosts[names[rank]];
    cpu_set_t both;
    CPU_AND(&both, &at->second, &mine);
    host.is_shared = host.is_shared || CPU_COUNT(&both) > 0;
    CPU_OR(&at->second, &at->second, &mine);
    host.name = names[rank];
    ++host.ranks;
    MemoryGiven const of_rank = memory_from(memory[rank]);
    host.memory = is_new || of_rank.bytes < host.memory.bytes ? of_rank : host.memory;
    host.cores = CPU_COUNT(&at->second);
  }
  for (auto const& [name, host] : hosts)
  {
    placement.hosts.push_back(host);
  }
  for (std::string const& name : names)
  {
    placement.host.push_back(static_cast<int>(std::distance(hosts.begin(), hosts.find(name))));
  }
  return placement;
}

std::string placement_text(Placement const& placement)
{
  auto const ranks = static_cast<std::int64_t>(placement.host.size());
  bool const is_shared = std::any_of(placement.hosts.begin(), placement.hosts.end(),
                                     [](Placement::Host const& host) { return host.is_shared; });
  std::vector<int> of_hosts;
  for (Placement::Host const& host : placement.hosts)
  {
    of_hosts.push_back(host.cores);
  }
  std::string const threads = counted(placement.threads, "thread");
  std::string const where = fmt::format("{} on {} ({})", counted(ranks, "rank"),
                                        counted(static_cast<std::int64_t>(placement.hosts.size()), "host"),
                                        names_text(placement.hosts));
  if (ranks == 1)
  {
    return fmt::format("{}, {} on {}", where, threads, counted(placement.cores.front(), "core"));
  }
  return is_shared
             ? fmt::format("{}, {} each, not bound, {} cores a host", where, threads, range_text(of_hosts))
             : fmt::format("{}, {} each, each bound to {} core{}", where, threads,
                           range_text(placement.cores), range_text(placement.cores) == "1" ? "" : "s");
}

std::vector<std::string> placement_warnings(Placement const& placement)
{
  std::vector<std::string> warnings;
  int const threads = placement.threads;
  auto const few = std::find_if(placement.cores.begin(), placement.cores.end(),
                                [threads](int cores) { return cores < threads; });
  if (few != placement.cores.end())
  {
    auto const how_many = std::count_if(placement.cores.begin(), placement.cores.end(),
                                        [threads](int cores) { return cores < threads; });
    warnings.push_back(fmt::format(
        "{} of {} may use fewer cores than it has threads (rank {}: {} for {}): give ranks their cores with "
        "'srun --cpus-per-task={} --cpu-bind=cores' or 'mpirun --map-by slot:PE={}', or take --threads {}",
        how_many, counted(static_cast<std::int64_t>(placement.cores.size()), "rank"),
        few - placement.cores.begin(), *few, threads, threads, threads, *few));
  }
  auto const full = std::find_if(placement.hosts.begin(), placement.hosts.end(),
                                 [threads](Placement::Host const& host)
                                 { return std::int64_t{host.ranks} * threads > host.cores; });
  // With one rank a host it would be the same story told twice.
  if (full != placement.hosts.end() && (few == placement.cores.end() || full->ranks > 1))
  {
    warnings.push_back(fmt::format(
        "host {}: {} x {} do not fit its {}: the threads take turns. Take fewer ranks or threads, or more "
        "nodes",
        full->name, counted(full->ranks, "rank"), counted(threads, "thread"), counted(full->cores, "core")));
  }
  return warnings;
}

std::string memory_warning(Placement const& placement, std::int64_t budget)
{
  auto const full = std::find_if(placement.hosts.begin(), placement.hosts.end(),
                                 [budget](Placement::Host const& host) {
                                   return host.memory.bytes > 0 && host.ranks * budget > host.memory.bytes;
                                 });
  if (full == placement.hosts.end())
  {
    return "";
  }
  // What comes on top of the budget: dictionaries, cells, buffers, MPI. As much again as a quarter is usual.
  std::int64_t const fits = full->memory.bytes / 5 * 4 / full->ranks >> 20;
  return fmt::format(
      "host {}: {} x --run.memory {} are more than the {} it gives them ({}): a run that uses its budget "
      "will be "
      "killed. Take --run.memory {}M, fewer ranks a host, or sbatch --mem={}",
      full->name, counted(full->ranks, "rank"), memory_text(budget), memory_text(full->memory.bytes),
      full->memory.by, std::max<std::int64_t>(fits, 16), slurm_memory(full->ranks * budget / 4 * 5));
}

}  // namespace tarifa
