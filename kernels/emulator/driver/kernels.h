/* The kernels of kernels/cuda, by name. */
#ifndef DLORA_STANDIN_KERNELS_H
#define DLORA_STANDIN_KERNELS_H

#include <cstddef>
#include <string>
#include <vector>

namespace standin {

/* An argument of a kernel in its buffer of arguments. */
struct Argument {
  size_t offset, bytes;
  bool pointer;
};

struct Kernel {
  const char *file; /* without its ending */
  const char *name;
  std::vector<Argument> arguments;
  size_t bytes; /* of all arguments */
  void (*call)(const unsigned char *arguments);
};

/* Null if there is none. */
const Kernel *find_kernel(const std::string &name);

}  // namespace standin

#endif
