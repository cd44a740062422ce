package org.dlora.api.openai;

import java.util.Collection;
import java.util.concurrent.Semaphore;

/** Permits of a compiler that note the threads that take them. */
final class NotedPermits extends Semaphore {
    private static final long serialVersionUID = 1L;

    private final transient Collection<String> threads;

    NotedPermits(Collection<String> threads) {
        super(2, true);
        this.threads = threads;
    }

    @Override
    public void acquire() throws InterruptedException {
        super.acquire();
        threads.add(Thread.currentThread().getName());
    }
}
