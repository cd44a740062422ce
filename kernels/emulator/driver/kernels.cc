#include "kernels.h"

#include <cstring>
#include <type_traits>
#include <utility>

#include "../../cuda/dlora.cuh"

namespace standin {

namespace {

/* Where an argument lies in a buffer of arguments, each at a multiple of its alignment. */
template <class... A>
std::vector<Argument> layout() {
  std::vector<Argument> arguments;
  size_t end = 0;
  const auto add = [&](size_t bytes, size_t alignment, bool pointer) {
    const size_t offset = (end + alignment - 1) / alignment * alignment;
    arguments.push_back({offset, bytes, pointer});
    end = offset + bytes;
  };
  (add(sizeof(A), alignof(A), std::is_pointer<A>::value), ...);
  return arguments;
}

template <class T>
T read(const unsigned char *from) {
  std::remove_const_t<T> value;
  memcpy((void *)&value, from, sizeof value);
  return value;
}

template <auto kernel, class... A, size_t... I>
void call(const std::vector<Argument> &arguments, const unsigned char *buffer, std::index_sequence<I...>) {
  kernel(read<A>(buffer + arguments[I].offset)...);
}

template <auto kernel, class... A>
Kernel describe(const char *file, const char *name, void (*)(A...)) {
  static const std::vector<Argument> arguments = layout<A...>();
  return {file, name, arguments, arguments.back().offset + arguments.back().bytes, [](const unsigned char *buffer) {
            call<kernel, A...>(arguments, buffer, std::index_sequence_for<A...>());
          }};
}

const std::vector<Kernel> &kernels() {
  static const std::vector<Kernel> &all = *new std::vector<Kernel>{
#define DLORA_KERNEL(file, name) describe<name>(#file, #name, name),
#include "kernels.inc" /* of the build: DLORA_KERNEL(file, name) for each kernel */
#undef DLORA_KERNEL
  };
  return all;
}

}  // namespace

const Kernel *find_kernel(const std::string &name) {
  for (const Kernel &kernel : kernels()) {
    if (name == kernel.name) {
      return &kernel;
    }
  }
  return nullptr;
}

}  // namespace standin
