#include "calls.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "standin.h"

namespace standin {

State &state = *new State; /* never destroyed: threads may call while the process ends */

namespace {

/* A failure that is to come. */
struct Injected {
  std::string of; /* a name or a kind of calls */
  CUresult result;
  long after; /* calls before it */
};

struct Injection {
  std::vector<Injected> waiting;
  std::map<std::string, long> counts; /* by name and by kind */
  CUresult taken = CUDA_SUCCESS;
};

Injection &injection = *new Injection;

/* What a kind of calls fails with where nothing else is said. */
CUresult usual_failure(const std::string &kind) {
  static const std::map<std::string, CUresult> usual = {
      {"alloc", CUDA_ERROR_OUT_OF_MEMORY},          {"pinned", CUDA_ERROR_OUT_OF_MEMORY},
      {"launch", CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES}, {"copy", CUDA_ERROR_INVALID_VALUE},
      {"sync", CUDA_ERROR_ILLEGAL_ADDRESS},         {"graph", CUDA_ERROR_OUT_OF_MEMORY},
      {"module", CUDA_ERROR_NO_BINARY_FOR_GPU}};
  const auto found = usual.find(kind);
  return found == usual.end() ? CUDA_ERROR_UNKNOWN : found->second;
}

CUresult result_of(const std::string &name) {
#define RESULT(number, result, text)                                     \
  if (name == #result || "CUDA_ERROR_" + name == #result) return result;
  CUDA_RESULTS(RESULT)
#undef RESULT
  fprintf(stderr, "CUDA_STANDIN_FAULTS: there is no result '%s'\n", name.c_str());
  abort();
}

/* CALL:N[:RESULT],..: the nth of such calls. */
void read_faults(const char *text) {
  for (std::string rest = text; !rest.empty();) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string entry = rest.substr(0, comma);
    rest.erase(0, comma + 1);
    const size_t colon = entry.find(':'), second = colon == std::string::npos ? colon : entry.find(':', colon + 1);
    const long nth = colon == std::string::npos ? 0 : atol(entry.c_str() + colon + 1);
    if (nth < 1) {
      fprintf(stderr, "CUDA_STANDIN_FAULTS: '%s' is not CALL:N or CALL:N:RESULT\n", entry.c_str());
      abort();
    }
    const std::string of = entry.substr(0, colon);
    injection.waiting.push_back(
        {of, second == std::string::npos ? usual_failure(of) : result_of(entry.substr(second + 1)), nth - 1});
  }
}

std::string without_version(const std::string &name) {
  return name.size() > 3 && name[name.size() - 3] == '_' && name[name.size() - 2] == 'v' ? name.substr(0, name.size() - 3) : name;
}

bool is_of(const Injected &injected, const Call &call) {
  return injected.of == call.kind || injected.of == call.name || injected.of == without_version(call.name);
}

bool is_traced() {
  static const bool traced = setting("CUDA_STANDIN_TRACE", 0) != 0;
  return traced;
}

thread_local int capture_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;

}  // namespace

size_t setting(const char *name, size_t otherwise) {
  const char *value = getenv(name);
  return value && *value ? strtoull(value, nullptr, 0) : otherwise;
}

const char *name_of(CUresult result) {
  switch ((int)result) {
#define NAME(number, name, text) \
  case number:                   \
    return #name;
    CUDA_RESULTS(NAME)
#undef NAME
  }
  return nullptr;
}

bool is_sticky(CUresult result) {
  switch ((int)result) {
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_NVLINK_UNCORRECTABLE:
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_ASSERT:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case CUDA_ERROR_INVALID_PC:
    case CUDA_ERROR_LAUNCH_FAILED:
      return true;
    default:
      return false;
  }
}

void begin(const Call &call) {
  static const bool read = [] {
    const char *faults = getenv("CUDA_STANDIN_FAULTS");
    if (faults) {
      read_faults(faults);
    }
    return true;
  }();
  (void)read;
  injection.taken = CUDA_SUCCESS;
  injection.counts[call.name]++;
  injection.counts[call.kind]++;
  CUresult result = CUDA_SUCCESS;
  for (auto injected = injection.waiting.begin(); injected != injection.waiting.end();) {
    if (is_of(*injected, call) && injected->after-- == 0) {
      result = injected->result;
      injected = injection.waiting.erase(injected);
    } else {
      ++injected;
    }
  }
  if (result == CUDA_SUCCESS) {
    return;
  }
  const std::string kind = call.kind;
  if (is_sticky(result) && (kind == "launch" || kind == "copy" || kind == "memset")) {
    injection.taken = result; /* the call succeeds, and its work fails */
    return;
  }
  if (is_sticky(result) && !context_stack().empty()) {
    context_stack().back()->error = result;
  }
  throw Refused{result};
}

CUresult take_injected() {
  const CUresult result = injection.taken;
  injection.taken = CUDA_SUCCESS;
  return result;
}

CUresult end(const Call &call, CUresult result) {
  if (result != CUDA_SUCCESS && is_traced()) {
    fprintf(stderr, "stand-in for CUDA: %s returns %s\n", call.name, name_of(result));
  }
  return result;
}

std::vector<Context *> &context_stack() {
  static thread_local std::vector<Context *> contexts;
  return contexts;
}

Context &current_context() {
  const auto &contexts = context_stack();
  require(!contexts.empty(), CUDA_ERROR_INVALID_CONTEXT);
  require(contexts.back()->active, CUDA_ERROR_CONTEXT_IS_DESTROYED);
  return *contexts.back();
}

void refuse_in_captures() {
  bool forbidden = false;
  for (const auto &capture : state.captures) {
    const bool own = pthread_equal(capture->thread, pthread_self());
    const bool forbids = capture_mode == CU_STREAM_CAPTURE_MODE_RELAXED ? false
                         : own                                         ? capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED
                         : capture_mode == CU_STREAM_CAPTURE_MODE_GLOBAL && capture->mode == CU_STREAM_CAPTURE_MODE_GLOBAL;
    if (forbids) {
      capture->invalid = forbidden = true;
    }
  }
  require(!forbidden, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
}

}  // namespace standin

using namespace standin;

CUresult cuGetErrorName(CUresult result, const char **name) {
  if (!name) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *name = name_of(result);
  return *name ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGetErrorString(CUresult result, const char **text) {
  if (!text) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *text = nullptr;
  switch ((int)result) {
#define TEXT(number, name, words) \
  case number:                    \
    *text = words;                \
    break;
    CUDA_RESULTS(TEXT)
#undef TEXT
  }
  return *text ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode) {
  return in_driver({"cuThreadExchangeStreamCaptureMode", "capture"}, [&](Lock &) {
    require(mode && *mode >= CU_STREAM_CAPTURE_MODE_GLOBAL && *mode <= CU_STREAM_CAPTURE_MODE_RELAXED);
    const int before = capture_mode;
    capture_mode = *mode;
    *mode = (CUstreamCaptureMode)before;
    return CUDA_SUCCESS;
  });
}

void standin_fail_next(const char *call, int result, int after) {
  Lock lock(state.mutex);
  injection.waiting.push_back({call, (CUresult)result, after});
}

long standin_calls(const char *call) {
  Lock lock(state.mutex);
  const auto found = injection.counts.find(call);
  return found == injection.counts.end() ? 0 : found->second;
}

void standin_reset() {
  Lock lock(state.mutex);
  for (auto *contexts : {&state.primaries, &state.others}) {
    for (const auto &context : *contexts) {
      destroy_resources(*context, lock);
      context->retained = 0;
    }
  }
  injection = Injection();
}

long standin_outstanding() {
  Lock lock(state.mutex);
  size_t count = state.memory.allocations().size() + state.memory.pinned().size() + state.streams.size() +
                 state.events.size() + state.modules.size() + state.graphs.size() + state.execs.size();
  for (const auto &context : state.primaries) {
    count += context->retained;
  }
  return (long)count;
}

int standin_describe(char *to, size_t bytes) {
  Lock lock(state.mutex);
  size_t allocated = 0, pinned = 0;
  for (const auto &entry : state.memory.allocations()) {
    allocated += entry.second.bytes;
  }
  for (const auto &entry : state.memory.pinned()) {
    pinned += entry.second.bytes;
  }
  return snprintf(to, bytes,
                  "%zu allocations with %zu bytes, %zu pinned ranges with %zu bytes, %zu streams, %zu events, %zu modules, "
                  "%zu graphs, %zu executable graphs",
                  state.memory.allocations().size(), allocated, state.memory.pinned().size(), pinned,
                  state.streams.size(), state.events.size(), state.modules.size(), state.graphs.size(), state.execs.size());
}
