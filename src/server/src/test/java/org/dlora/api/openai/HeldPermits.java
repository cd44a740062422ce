package org.dlora.api.openai;

import java.util.concurrent.Semaphore;

/** Permits of a compiler, each of whose holders passes {@code work} before it compiles. */
final class HeldPermits extends Semaphore {
    private static final long serialVersionUID = 1L;

    private final transient HeldWork work;

    HeldPermits(int permits, HeldWork work) {
        super(permits, true);
        this.work = work;
    }

    @Override
    public void acquire() throws InterruptedException {
        super.acquire();
        work.pass();
    }
}
