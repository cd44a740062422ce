#include "memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace standin {

namespace {

constexpr size_t PAGE = 4096, ALIGNMENT = 256;
constexpr size_t MOST_POISONED = 64 << 20; /* larger memory holds zeros, so that it need not be there at once */

size_t up(size_t value, size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

void check(bool ok, const char *what) {
  if (!ok) {
    perror(what);
    abort();
  }
}

/* key: of the arena, or negative: without protection keys. 0: every thread's. */
void protect(uintptr_t begin, size_t bytes, int access, int key) {
  const int failed = key < 0 ? mprotect((void *)begin, bytes, access) : pkey_mprotect((void *)begin, bytes, access, key);
  check(!failed, "memory of a device");
}

}  // namespace

void Memory::start(int devices, size_t bytes) {
  if (!arenas.empty()) {
    return;
  }
  bytes_of_each = bytes;
  const size_t range = up(std::max(bytes * 8, (size_t)64 << 30), PAGE);
  for (int i = 0; i < devices; i++) {
    void *begin = mmap(nullptr, range, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(begin != MAP_FAILED, "addresses of a device");
    Arena arena;
    arena.begin = arena.next = (uintptr_t)begin;
    arena.end = arena.begin + range;
#ifdef __x86_64__
    arena.key = pkey_alloc(0, PKEY_DISABLE_ACCESS);
#endif
    arenas.push_back(arena);
  }
}

/* Addresses of a gap of some pages, from where the last one was taken on. */
uintptr_t Memory::find_gap(Arena &arena, size_t bytes) {
  for (int round = 0; round < 2; round++) {
    uintptr_t from = arena.next;
    for (auto other = allocated.lower_bound(from); ; ++other) {
      const uintptr_t until =
          other == allocated.end() || other->first >= arena.end ? arena.end : other->first / PAGE * PAGE;
      if (from + bytes <= until) {
        arena.next = from + bytes;
        return from;
      }
      if (until == arena.end) {
        break;
      }
      from = up(other->first + other->second.bytes, PAGE) + PAGE;
    }
    arena.next = arena.begin;
  }
  return 0;
}

uintptr_t Memory::allocate(int device, size_t bytes, const Context *context, bool by_stream) {
  Arena &arena = arenas[device];
  const size_t counted = up(bytes, ALIGNMENT), pages = up(counted, PAGE);
  if (counted < bytes || arena.used + counted > bytes_of_each) {
    return 0;
  }
  const uintptr_t gap = find_gap(arena, pages + PAGE);
  if (!gap) {
    return 0;
  }
  protect(gap, pages, PROT_READ | PROT_WRITE, arena.key < 0 ? -1 : 0);
  if (bytes <= MOST_POISONED) {
    memset((void *)gap, 0xff, pages);
  }
  protect(gap, pages, PROT_READ | PROT_WRITE, arena.key);
  const uintptr_t address = gap + pages - counted;
  allocated[address] = {address, bytes, device, context, by_stream};
  arena.used += counted;
  return address;
}

void Memory::free(uintptr_t address) {
  const Allocation allocation = allocated.at(address);
  const uintptr_t begin = address / PAGE * PAGE;
  const size_t counted = up(allocation.bytes, ALIGNMENT), pages = address + counted - begin;
  check(madvise((void *)begin, pages, MADV_DONTNEED) == 0, "freed memory of a device");
  protect(begin, pages, PROT_NONE, arenas[allocation.device].key);
  arenas[allocation.device].used -= counted;
  allocated.erase(address);
}

void Memory::free_all(const Context *context) {
  std::vector<uintptr_t> addresses;
  for (const auto &entry : allocated) {
    if (entry.second.context == context) {
      addresses.push_back(entry.first);
    }
  }
  for (uintptr_t address : addresses) {
    free(address);
  }
  for (auto entry = pinned_ranges.begin(); entry != pinned_ranges.end();) {
    const PinnedRange range = entry++->second;
    if (range.context == context) {
      range.allocated ? free_pinned(range.address) : unregister(range.address);
    }
  }
}

uintptr_t Memory::allocate_pinned(size_t bytes, const Context *context, unsigned flags) {
  void *address = mmap(nullptr, up(bytes, PAGE), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) {
    return 0;
  }
  if (bytes <= MOST_POISONED) {
    memset(address, 0xff, bytes);
  }
  pinned_ranges[(uintptr_t)address] = {(uintptr_t)address, bytes, context, true, flags};
  return (uintptr_t)address;
}

void Memory::free_pinned(uintptr_t address) {
  munmap((void *)address, up(pinned_ranges.at(address).bytes, PAGE));
  pinned_ranges.erase(address);
}

bool Memory::register_pinned(uintptr_t address, size_t bytes, const Context *context, unsigned flags) {
  auto next = pinned_ranges.lower_bound(address);
  const bool overlaps = (next != pinned_ranges.end() && next->first < address + bytes) ||
                        (next != pinned_ranges.begin() && std::prev(next)->first + std::prev(next)->second.bytes > address);
  if (!overlaps) {
    pinned_ranges[address] = {address, bytes, context, false, flags};
  }
  return !overlaps;
}

void Memory::unregister(uintptr_t address) { pinned_ranges.erase(address); }

template <class MAP>
static auto find_in(const MAP &ranges, uintptr_t address, size_t bytes) -> decltype(&ranges.begin()->second) {
  auto next = ranges.upper_bound(address);
  if (next == ranges.begin()) {
    return nullptr;
  }
  const auto &range = std::prev(next)->second;
  const size_t offset = address - range.address;
  return offset <= range.bytes && bytes <= range.bytes - offset ? &range : nullptr;
}

const Allocation *Memory::find(uintptr_t address, size_t bytes) const { return find_in(allocated, address, bytes); }

const PinnedRange *Memory::find_pinned(uintptr_t address, size_t bytes) const {
  return find_in(pinned_ranges, address, bytes);
}

bool Memory::is_of_devices(uintptr_t address) const {
  return std::any_of(arenas.begin(), arenas.end(),
                     [&](const Arena &arena) { return address >= arena.begin && address < arena.end; });
}

void Memory::open(const std::vector<int> &devices) const {
  for (size_t i = 0; i < arenas.size(); i++) {
    if (arenas[i].key >= 0) {
      const bool reached = std::find(devices.begin(), devices.end(), (int)i) != devices.end();
      pkey_set(arenas[i].key, reached ? 0 : PKEY_DISABLE_ACCESS);
    }
  }
}

}  // namespace standin
