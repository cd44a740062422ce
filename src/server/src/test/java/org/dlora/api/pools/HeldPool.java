package org.dlora.api.pools;

import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.dlora.security.Access;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.Ending;
import org.dlora.security.KeySettings;
import org.dlora.security.limits.Limits;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** Work that holds a pool's threads until it is released. */
public final class HeldPool {
    private final WorkPool pool;
    private final CountDownLatch latch = new CountDownLatch(1);
    public final LinkedBlockingQueue<String> refusals = new LinkedBlockingQueue<>();

    public HeldPool(WorkPool pool) {
        this.pool = pool;
    }

    /** Begins works of a key until it is refused. */
    public HeldPool fill(String key) {
        while (refusals.isEmpty()) {
            var _ =
                    as(key, pool.run(this::hold))
                            .subscribe(_ -> {}, e -> refusals.add(String.valueOf(e.getMessage())));
        }
        return this;
    }

    private boolean hold() throws InterruptedException {
        return latch.await(1, TimeUnit.MINUTES);
    }

    public void release() {
        latch.countDown();
    }

    /** Returns work as a key without a team has it done. */
    public static <T> Mono<T> as(String key, Mono<T> work) {
        var view =
                new Access.KeyView(
                        key,
                        new KeySettings(
                                key, null, Set.of(), AdapterPatterns.ALL, null, Limits.NONE));
        return work.contextWrite(Context.of(Access.NAME, new Access(view, null, Ending.NEVER)));
    }
}
