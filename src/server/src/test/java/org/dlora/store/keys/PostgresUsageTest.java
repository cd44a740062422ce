package org.dlora.store.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.List;
import org.dlora.security.limits.UsageCount;
import org.dlora.security.limits.UsageStore.Row;
import org.dlora.store.Database;
import org.dlora.store.TestDatabase;
import org.dlora.store.TestPostgres;
import org.junit.jupiter.api.Test;

class PostgresUsageTest extends UsageContract {
    private final String url = TestPostgres.newDatabase();

    @Override
    Database open() {
        return TestDatabase.postgres(url, home);
    }

    @Test
    void runsThatGoOnAreNotMerged() {
        var day = LocalDate.parse("2026-01-10");
        try (var database = open()) {
            var quiet = new DatabaseUsage(database);
            quiet.write(List.of(new Row("key:k", day.minusDays(9), new UsageCount(1, 10))));
            quiet.merge(day);
            var ended = new DatabaseUsage(database);
            ended.write(List.of(new Row("key:k", day.minusDays(8), new UsageCount(1, 5))));
            long before = rows(database);
            new DatabaseUsage(database).merge(day.plusDays(7));
            assertThat(rows(database)).as("one that says that it runs").isEqualTo(before + 1);
            // The count of a run that goes on is its own: it is not read from others' counts.
            assertThat(quiet.read(day.minusDays(9)))
                    .containsExactly(new Row("key:k", day.minusDays(8), new UsageCount(1, 5)));
            new DatabaseUsage(database).merge(day.plusDays(8));
            assertThat(quiet.read(day.minusDays(9))).as("it is taken for ended").hasSize(2);
        }
    }
}
