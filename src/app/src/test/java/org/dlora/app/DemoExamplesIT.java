package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class DemoExamplesIT extends ServerIT {
    private static final int IN_FLIGHT = 64;

    @Test
    void everyAnswerIsItsOwnAdaptersWith64MixedRequestsInFlight() throws Exception {
        var jobs = new ArrayList<Callable<String>>();
        for (var example : Example.all()) {
            jobs.add(() -> verdict(example, false));
            jobs.add(() -> verdict(example, true));
        }
        Collections.shuffle(jobs, new Random(1));
        try (ExecutorService clients = Executors.newFixedThreadPool(IN_FLIGHT)) {
            List<String> wrong =
                    clients.invokeAll(jobs).stream()
                            .map(Future::resultNow)
                            .filter(v -> !v.isEmpty())
                            .toList();
            assertThat(wrong).isEmpty();
        }
        assertThat(jobs).hasSize(494);
    }

    /** Empty if the answer is right. */
    private String verdict(Example example, boolean stream) throws Exception {
        var given = Example.text(post("/v1/chat/completions", example.request(stream)), stream);
        return given.equals(example.output())
                ? ""
                : example.model()
                        + (stream ? ", streamed" : "")
                        + ": expected "
                        + example.output()
                        + ", got "
                        + given;
    }
}
