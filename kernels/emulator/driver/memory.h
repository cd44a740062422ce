/* Memory of devices, and memory of the host that devices can reach. */
#ifndef DLORA_STANDIN_MEMORY_H
#define DLORA_STANDIN_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace standin {

struct Context;

/* Allocated memory of a device. */
struct Allocation {
  uintptr_t address;
  size_t bytes;
  int device;
  const Context *context;
  bool by_stream; /* of cuMemAllocAsync */
};

/* Memory of the host that copies do not have to stage. */
struct PinnedRange {
  uintptr_t address;
  size_t bytes;
  const Context *context;
  bool allocated; /* else registered */
  unsigned flags;
};

/*
 * Each device has a range of addresses of its own, which no other memory of the process has. An allocation ends
 * where a page ends, up to 255 bytes, and another page without access follows. Freed addresses are used again
 * last. So what a kernel reads or writes beyond an allocation, or after it was freed, is a fault.
 *
 * Where the processor has protection keys, only threads that run work of a device can reach its memory, and
 * that of its peers. New memory holds not-a-numbers.
 */
class Memory {
 public:
  void start(int devices, size_t bytes_of_each);

  /* Zero if a device has not that much left. */
  uintptr_t allocate(int device, size_t bytes, const Context *context, bool by_stream);
  void free(uintptr_t address);
  void free_all(const Context *context);

  uintptr_t allocate_pinned(size_t bytes, const Context *context, unsigned flags);
  void free_pinned(uintptr_t address);

  /* Whether it was not registered yet, not even in part. */
  bool register_pinned(uintptr_t address, size_t bytes, const Context *context, unsigned flags);
  void unregister(uintptr_t address);

  /* The allocation with all of some bytes, or null; of zero bytes its end is in it. */
  const Allocation *find(uintptr_t address, size_t bytes) const;
  const PinnedRange *find_pinned(uintptr_t address, size_t bytes) const;

  /* Whether an address is one of those that only devices use. */
  bool is_of_devices(uintptr_t address) const;

  size_t used(int device) const { return arenas[device].used; }
  size_t total() const { return bytes_of_each; }

  const std::map<uintptr_t, Allocation> &allocations() const { return allocated; }
  const std::map<uintptr_t, PinnedRange> &pinned() const { return pinned_ranges; }

  /* Lets the thread reach the memory of some devices; of none: of no device. */
  void open(const std::vector<int> &devices) const;

 private:
  struct Arena {
    uintptr_t begin, end, next;
    size_t used = 0;
    int key = -1;
  };

  uintptr_t find_gap(Arena &arena, size_t bytes);

  size_t bytes_of_each = 0;
  std::vector<Arena> arenas;
  std::map<uintptr_t, Allocation> allocated;
  std::map<uintptr_t, PinnedRange> pinned_ranges;
};

}  // namespace standin

#endif
