package org.dlora.engine.opening;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

/** Tests that opened resources are closed, the last one first, whatever fails. */
class ClosingTest {
    private final List<String> closed = new ArrayList<>();
    private final Closing closing = new Closing();

    private AutoCloseable resource(String name) {
        return () -> closed.add(name);
    }

    @Test
    void theLastOpenedIsClosedFirst() {
        closing.later(resource("model"));
        closing.later(resource("adapter"));
        closing.close();
        assertThat(closed).containsExactly("adapter", "model");
    }

    @Test
    void aFailureStopsNoOther() {
        closing.later(resource("model"));
        closing.later(
                (AutoCloseable)
                        () -> {
                            throw new IOException("a test");
                        });
        closing.later(
                (AutoCloseable)
                        () -> {
                            throw new IllegalStateException("a test");
                        });
        closing.close();
        assertThat(closed).containsExactly("model");
    }

    @Test
    void nothingIsClosedTwice() {
        closing.later(resource("model"));
        closing.close();
        closing.close();
        assertThat(closed).containsExactly("model");
    }

    /** A resource opened while another thread asks to stop must not leak. */
    @Test
    void aResourceThatComesAfterTheStopIsClosedToo() {
        closing.later(resource("model"));
        closing.goOn();
        closing.stop();
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> closing.later(resource("late")))
                .withMessage("The server is shutting down");
        assertThatExceptionOfType(CancellationException.class).isThrownBy(closing::goOn);
        closing.close();
        assertThat(closed).containsExactly("late", "model");
    }
}
