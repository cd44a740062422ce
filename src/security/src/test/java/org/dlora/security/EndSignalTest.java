package org.dlora.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndSignalTest {
    private final EndSignal signal = new EndSignal();
    private final EndSignal other = new EndSignal();
    private final List<String> run = new ArrayList<>();

    @Test
    void actionsRunOnceWithTheEndAndAtOnceAfterIt() {
        var _ = signal.onEnd(() -> run.add("waiting"));
        assertThat(run).isEmpty();
        signal.end();
        signal.end();
        assertThat(run).containsExactly("waiting");
        var _ = signal.onEnd(() -> run.add("late"));
        assertThat(run).containsExactly("waiting", "late");
    }

    @Test
    void anActionThatFailsStopsNoOther() {
        for (int i = 0; i < 3; i++) {
            var _ =
                    signal.onEnd(() -> {
                        run.add("failing");
                        throw new IllegalStateException("a test");
                    });
        }
        signal.end();
        assertThat(run).hasSize(3);
    }

    @Test
    void aClosedRegistrationForgetsItsAction() {
        signal.onEnd(() -> run.add("forgotten")).close();
        signal.end();
        assertThat(run).isEmpty();
    }

    @Test
    void theFirstOfSeveralEndsIsTheEndOfAll() {
        var both = Ending.first(signal, other, Ending.NEVER);
        var _ = both.onEnd(() -> run.add("waiting"));
        both.onEnd(() -> run.add("forgotten")).close();
        other.end();
        signal.end();
        assertThat(run).containsExactly("waiting");
        var _ = Ending.first(Ending.NEVER, Ending.NOW).onEnd(() -> run.add("at once"));
        assertThat(run).containsExactly("waiting", "at once");
    }
}
