package org.dlora.api.admin.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvReadFeature;

class CsvWriterTest {
    private static List<String[]> rows(ChangeRecordBody row) throws Exception {
        var csv = new String(CsvWriter.write(ChangeRecordBody.class, List.of(row)), UTF_8);
        try (var rows =
                new CsvMapper()
                        .readerFor(String[].class)
                        .with(CsvReadFeature.WRAP_AS_ARRAY)
                        .<String[]>readValues(csv)) {
            return rows.readAll();
        }
    }

    private static ChangeRecordBody change(String adapter, String detail) {
        return new ChangeRecordBody(
                "1", Instant.EPOCH, "adapter_evicted", "0", adapter, null, detail);
    }

    @Test
    void jsonIsOneColumn() throws Exception {
        var detail = "{\"pinned\":false,\"why\":\"a, b\\\"c\\\"\",\"in\":[\"0\",\"1\"]}";
        var rows = rows(change("sql", detail));
        assertThat(rows).hasSize(2).allSatisfy(row -> assertThat(row).hasSize(7));
        assertThat(rows.getLast()).endsWith(detail);
    }

    @Test
    void formulasAreTexts() throws Exception {
        assertThat(rows(change("=1+1", "{}")).getLast()).contains("'=1+1");
    }
}
