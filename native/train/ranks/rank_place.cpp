#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "native/system/environment.h"
#include "native/train/ranks/ranks.h"

namespace limbus {
namespace {

struct RankVariables {
  const char *rank, *size, *local, *localSize;
};

// The first that names both.
std::optional<RankVariables> namesGiven() {
  for (const RankVariables& names :
       {RankVariables{"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
        // Before Slurm's, which mpirun inherits where it runs under Slurm; srun sets none of these.
        RankVariables{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
                      "OMPI_COMM_WORLD_LOCAL_SIZE"},
        RankVariables{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID",
                      "SLURM_STEP_TASKS_PER_NODE"},
        RankVariables{"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"}}) {
    if (environment(names.rank) && environment(names.size)) return names;
  }
  return std::nullopt;
}

Result<int> numberOf(const char* name, int low, int high) {
  const std::string text = environment(name).value_or("");
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (!text.empty() && *end == '\0' && value >= low && value <= high) {
    return static_cast<int>(value);
  }
  return fail(ErrorCode::badArgument, std::string("environment: ") + name +
                                          " expects a whole number from " + std::to_string(low) +
                                          " to " + std::to_string(high) + ", got '" + text + "'");
}

// "node[03-07,9],other" -> "node03": the first host of Slurm's list.
std::string firstHost(const std::string& list) {
  const std::size_t bracket = list.find('['), comma = list.find(',');
  if (bracket == std::string::npos || comma < bracket) return list.substr(0, comma);
  const std::size_t end = list.find_first_of("-,]", bracket);
  const std::size_t close = list.find(']', bracket);
  if (end == std::string::npos || close == std::string::npos) return list;
  const std::string rest = list.substr(close + 1);
  return list.substr(0, bracket) + list.substr(bracket + 1, end - bracket - 1) +
         rest.substr(0, rest.find(','));
}

// "2(x3),1": of Slurm's list of one number per machine, the one of machine `node`, from 0; others'
// lists are a number.
int numberAt(const std::string& list, int node) {
  int number = 1;
  const char* at = list.c_str();
  for (int left = node + 1; left > 0 && *at != '\0';) {
    char* end = nullptr;
    number = static_cast<int>(std::strtol(at, &end, 10));
    left -= std::strncmp(end, "(x", 2) == 0 ? static_cast<int>(std::strtol(end + 2, &end, 10)) : 1;
    const std::size_t next = std::strcspn(end, ",");
    at = end + next + (end[next] == ',' ? 1 : 0);
  }
  return number;
}

}  // namespace

Result<RankPlace> rankPlace() {
  RankPlace place;
  const std::optional<RankVariables> names = namesGiven();
  if (!names) {
    const std::string size = environment("WORLD_SIZE").value_or("");
    if (std::atoi(size.c_str()) <= 1) return place;
    // Forgotten: each would train all of it.
    return fail(ErrorCode::badArgument, "environment: WORLD_SIZE is " + size +
                                            ", but RANK is missing; set both, or neither");
  }
  const Result<int> count = numberOf(names->size, 1, 65536);
  if (!count) return fail(count.error());
  const Result<int> rank = numberOf(names->rank, 0, *count - 1);
  if (!rank) return fail(rank.error());
  place.rank = *rank;
  place.size = *count;
  // Scripts that export RANK and WORLD_SIZE alone are often started by one that knows the rest.
  const char* locals[] = {names->local, "SLURM_LOCALID", "OMPI_COMM_WORLD_LOCAL_RANK"};
  const auto local = std::find_if(std::begin(locals), std::end(locals), environment);
  if (local != std::end(locals)) {
    const Result<int> number = numberOf(*local, 0, *count - 1);
    if (!number) return fail(number.error());
    place.local = *number;
  }
  if (const auto localSizes = environment(names->localSize)) {
    const int node = std::atoi(environment("SLURM_NODEID").value_or("0").c_str());
    place.localSize = std::clamp(numberAt(*localSizes, node), place.local + 1, place.size);
  }
  const bool byMpirun = std::strncmp(names->rank, "OMPI", 4) == 0;
  const auto nodes = byMpirun ? std::nullopt : environment("SLURM_STEP_NODELIST");
  if (const auto host = environment("MASTER_ADDR")) {
    place.host = *host;
  } else if (nodes) {
    place.host = firstHost(*nodes);
  } else if (environment(names->localSize) && place.localSize < place.size) {
    return fail(ErrorCode::badArgument,
                "environment: MASTER_ADDR is missing, the host of rank 0 among " +
                    std::to_string(place.size) + " ranks");
  }
  const bool oneMachine = place.host == "127.0.0.1" || place.host == "localhost";
  if (!environment(names->localSize) && oneMachine) place.localSize = place.size;
  if (local == std::end(locals) && oneMachine) place.local = place.rank;
  if (const auto job = environment("SLURM_JOB_ID"); job && nodes) {
    // Steps that share a machine want ports of their own.
    const long step = std::atol(environment("SLURM_STEP_ID").value_or("0").c_str());
    place.port = static_cast<std::uint16_t>(15000 + (std::atol(job->c_str()) + step) % 15000);
  }
  if (environment("MASTER_PORT")) {
    const Result<int> port = numberOf("MASTER_PORT", 1, 65535);
    if (!port) return fail(port.error());
    place.port = static_cast<std::uint16_t>(*port);
  }
  // torchrun itself listens there, in the words of its own version.
  if (environment("TORCHELASTIC_USE_AGENT_STORE") == "True") {
    place.port = static_cast<std::uint16_t>(place.port < 65535 ? place.port + 1 : 1024);
  }
  return place;
}

}  // namespace limbus
