package org.dlora.console.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SchedulingSecondsTest {

    @Test
    void secondsAreWrittenAsTheFormsReadThem() {
        assertThat(SchedulingValues.seconds(null)).isEqualTo("0");
        assertThat(SchedulingValues.seconds(30.0)).isEqualTo("30s");
        assertThat(SchedulingValues.seconds(0.5)).isEqualTo("500ms");
        assertThat(SchedulingValues.seconds(1.5)).isEqualTo("1500ms");
        assertThat(SchedulingValues.seconds(0.00025)).isEqualTo("250us");
        assertThat(SchedulingValues.seconds(1e-9)).isEqualTo("1ns");
    }
}
