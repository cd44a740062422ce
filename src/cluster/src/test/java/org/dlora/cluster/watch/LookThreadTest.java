package org.dlora.cluster.watch;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LookThreadTest {

    @Test
    @Timeout(60)
    void looksAgainAfterAnError() throws Exception {
        var looks = new CountDownLatch(3);
        Runnable failing =
                () -> {
                    looks.countDown();
                    throw new OutOfMemoryError();
                };
        try (var thread = new LookThread("look", Duration.ZERO, Duration.ofMillis(1), failing)) {
            thread.start();
            looks.await();
        }
    }
}
