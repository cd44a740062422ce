#include "fiber.h"

#include <cstdint>
#include <cstring>

namespace {

constexpr size_t STACK_BYTES = 256 << 10;

Fiber *entering; /* the fiber that runs next */

/* Where the last fiber was entered from outside of all fibers. */
#ifdef __x86_64__
void *outer;
#else
ucontext_t outer;
#endif

#ifdef __SANITIZE_ADDRESS__
bool from_outside; /* whether the last switch was an entry */
const void *outside; /* its stack */
size_t outside_bytes;
#endif

}  // namespace

#ifdef __x86_64__
/* Saves the registers that a call keeps, and goes on with another stack. */
extern "C" __attribute__((visibility("hidden"))) void dlora_switch_stack(void **from, void *to);
asm(R"(
  .text
  .globl dlora_switch_stack
  .hidden dlora_switch_stack
  .type dlora_switch_stack, @function
dlora_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size dlora_switch_stack, . - dlora_switch_stack
)");
#endif

Fiber::Fiber(void (*run)())
    : run(run), stack(new unsigned char[STACK_BYTES]), valgrind_id(VALGRIND_STACK_REGISTER(stack, stack + STACK_BYTES)) {
#ifdef __x86_64__
  /* As a call of start leaves it: the return address on a boundary of 16 bytes and 8, six registers below it. */
  uintptr_t top = ((uintptr_t)stack + STACK_BYTES) / 16 * 16 - 16;
  void (*entry)() = start;
  memset((void *)(top - 48), 0, 64);
  memcpy((void *)top, &entry, sizeof entry);
  inner = (void *)(top - 48);
#else
  getcontext(&inner);
  inner.uc_stack.ss_sp = stack;
  inner.uc_stack.ss_size = STACK_BYTES;
  inner.uc_link = nullptr;
  makecontext(&inner, start, 0);
#endif
}

Fiber::~Fiber() {
  VALGRIND_STACK_DEREGISTER(valgrind_id);
  delete[] stack;
}

void Fiber::start() {
  Fiber *self = entering;
  self->switched(nullptr);
  for (;;) {
    self->run();
    self->leave();
  }
}

void Fiber::switched(void *fake) {
#ifdef __SANITIZE_ADDRESS__
  const void *stack_before;
  size_t bytes;
  __sanitizer_finish_switch_fiber(fake, &stack_before, &bytes);
  if (from_outside) {
    outside = stack_before;
    outside_bytes = bytes;
  }
#else
  (void)fake;
#endif
}

void Fiber::enter() {
  entering = this;
#ifdef __SANITIZE_ADDRESS__
  from_outside = true;
  void *fake;
  __sanitizer_start_switch_fiber(&fake, stack, STACK_BYTES);
#endif
#ifdef __x86_64__
  dlora_switch_stack(&outer, inner);
#else
  swapcontext(&outer, &inner);
#endif
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
}

void Fiber::leave() {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(&fake_stack, outside, outside_bytes);
#endif
#ifdef __x86_64__
  dlora_switch_stack(&inner, outer);
#else
  swapcontext(&inner, &outer);
#endif
  switched(fake_stack);
}

void Fiber::switch_to(Fiber &next) {
  entering = &next;
#ifdef __SANITIZE_ADDRESS__
  from_outside = false;
  __sanitizer_start_switch_fiber(&fake_stack, next.stack, STACK_BYTES);
#endif
#ifdef __x86_64__
  dlora_switch_stack(&inner, next.inner);
#else
  swapcontext(&inner, &next.inner);
#endif
  switched(fake_stack);
}
