package org.dlora.cluster.requests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.cluster.facts.CourseMark.Kind;
import org.junit.jupiter.api.Test;

class CourseNotesTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private final CourseNotes notes = new CourseNotes();

    @Test
    void theFirstTokenAfterInterruptionsEndsThem() {
        notes.token(NOW, "0");
        assertThat(notes.marks()).isEmpty();

        notes.interrupted(Kind.PREEMPTED, NOW, "0");
        notes.interrupted(Kind.MOVED, NOW.plusSeconds(1), "1");
        notes.token(NOW.plusSeconds(2), "1");
        notes.token(NOW.plusSeconds(3), "1");

        assertThat(notes.marks())
                .containsExactly(
                        new CourseMark(Kind.PREEMPTED, NOW, "0"),
                        new CourseMark(Kind.MOVED, NOW.plusSeconds(1), "1"),
                        new CourseMark(Kind.RESUMED, NOW.plusSeconds(2), "1"));
    }

    @Test
    void marksAreBounded() {
        for (int i = 0; i < 1000; i++) {
            notes.interrupted(Kind.PREEMPTED, NOW, "0");
            notes.token(NOW, "0");
        }
        assertThat(notes.marks()).hasSize(CourseNotes.MOST);
        assertThat(notes.isInterrupted()).isFalse();
    }
}
