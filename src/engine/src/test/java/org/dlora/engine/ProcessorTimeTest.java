package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessorTimeTest {

    @Test
    void aThreadThatComputesUsesTheProcessor() {
        var thread = Thread.currentThread();
        double before = ProcessorTime.seconds(thread);
        while (!(ProcessorTime.seconds(thread) > before)) {
            Thread.onSpinWait();
        }
        assertThat(before).isPositive();
    }

    @Test
    void timeOfAThreadThatDoesNotRunIsUnknown() throws InterruptedException {
        var thread = Thread.ofPlatform().unstarted(() -> {});
        assertThat(ProcessorTime.seconds(thread)).isNaN();
        thread.start();
        thread.join();
        assertThat(ProcessorTime.seconds(thread)).isNaN();
    }
}
