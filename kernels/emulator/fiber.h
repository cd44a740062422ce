/* A function with a stack of its own, which can be left and entered again. */
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

  /* Goes back to where it was entered; called by the fiber. */
  void leave();

 private:
  static void start();
  void switched(void *fake_stack);

  void (*const run)();
  unsigned char *const stack;
  const unsigned valgrind_id;
  void *fake_stack = nullptr;
  const void *outside = nullptr; /* the stack that it was entered from */
  size_t outside_bytes = 0;
#ifdef __x86_64__
  void *inner, *outer = nullptr; /* stack pointers */
#else
  ucontext_t inner, outer;
#endif
};

#endif
