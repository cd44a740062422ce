package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.dlora.scheduling.Mode;
import org.junit.jupiter.api.Test;

class ModeChangeLogTest {
    private final ModeChangeLog log = new ModeChangeLog();

    @Test
    void oneChangeInTenSecondsIsLoggedAndOthersAreCounted() {
        assertThat(at(100)).contains("goes from unmerged to merged(sql): it pays");
        for (int i = 1; i < 100; i++) {
            assertThat(at(100 + 0.1 * i)).isEmpty();
        }
        assertThat(at(110))
                .contains(
                        "goes from unmerged to merged(sql): it pays (99 changes before it were not logged)");
        assertThat(at(130)).contains("goes from unmerged to merged(sql): it pays");
    }

    private Optional<String> at(double now) {
        return log.changed(Mode.unmerged(), Mode.merged("sql"), "it pays", now);
    }
}
