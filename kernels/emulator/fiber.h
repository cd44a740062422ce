/* A function with a stack of its own, which can be left and entered again. One thread uses all fibers. */
#ifndef DLORA_FIBER_H
#define DLORA_FIBER_H

#include <cstddef>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end) 0
#define VALGRIND_STACK_DEREGISTER(id) (void)(id)
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#ifndef __x86_64__
#include <ucontext.h>
#endif

class Fiber {
 public:
  /* run: called once for each time that the fiber is entered after it has returned. */
  explicit Fiber(void (*run)());
  ~Fiber();
  Fiber(const Fiber &) = delete;

  /* Runs it until it leaves or its function returns. */
  void enter();

  /* Goes back to where the last fiber was entered from outside; called by the fiber. */
  void leave();

  /* Goes on with another fiber; called by the fiber. */
  void switch_to(Fiber &next);

 private:
  static void start();
  void switched(void *fake_stack);

  void (*const run)();
  unsigned char *const stack;
  const unsigned valgrind_id;
  void *fake_stack = nullptr;
#ifdef __x86_64__
  void *inner; /* stack pointer */
#else
  ucontext_t inner;
#endif
};

#endif
