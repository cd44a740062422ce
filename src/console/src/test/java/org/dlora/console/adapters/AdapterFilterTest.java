package org.dlora.console.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.util.LinkedMultiValueMap;

class AdapterFilterTest {

    private static ListedAdapter row(
            String name, String state, @Nullable Long bytes, String... tags) {
        return new ListedAdapter(
                name,
                state,
                8,
                "8",
                bytes,
                1,
                List.of(),
                List.of(),
                List.of(),
                0,
                name.equals("sql") ? Instant.EPOCH : null,
                null,
                null,
                name.equals("sql"),
                0,
                0,
                List.of(tags),
                "desk",
                List.of("red"),
                false);
    }

    private static final List<ListedAdapter> ROWS =
            List.of(
                    row("sql", "resident", 20L, "text"),
                    row("Rot13", "ready", null),
                    row("upper", "ready", 3L, "text", "case"));

    private static AdapterFilter filter(String... pairs) {
        var query = new LinkedMultiValueMap<String, String>();
        for (int i = 0; i < pairs.length; i += 2) {
            query.add(pairs[i], pairs[i + 1]);
        }
        return AdapterFilter.of(query);
    }

    private static List<String> names(AdapterFilter filter) {
        return filter.filtered(ROWS).stream().map(ListedAdapter::name).toList();
    }

    @Test
    void filtersByNameStateTagOwnerAndTeam() {
        assertThat(names(filter())).containsExactly("sql", "Rot13", "upper");
        assertThat(names(filter("q", "rOT"))).containsExactly("Rot13");
        assertThat(names(filter("state", "ready", "tag", "text"))).containsExactly("upper");
        assertThat(names(filter("state", "pinned"))).containsExactly("sql");
        assertThat(names(filter("owner", "desk", "team", "red"))).hasSize(3);
        assertThat(names(filter("team", "blue"))).isEmpty();
    }

    @Test
    void sortsByAColumnAndItsReverseWithUnknownValuesFirst() {
        assertThat(names(filter("sort", "size"))).containsExactly("Rot13", "upper", "sql");
        assertThat(names(filter("sort", "-size"))).containsExactly("sql", "upper", "Rot13");
        assertThat(names(filter("sort", "-used"))).first().isEqualTo("sql");
        assertThat(filter("sort", "-size").order("size")).isEqualTo("descending");
        assertThat(filter("sort", "size").order("name")).isEqualTo("none");
        assertThat(filter("sort", "nonsense").sort()).isEmpty();
    }

    @Test
    void addressesKeepTheFilter() {
        var filter = filter("q", "a b&c", "sort", "size", "page", "3");
        assertThat(filter.sorted("size")).isEqualTo("/console/adapters?q=a%20b%26c&sort=-size");
        assertThat(filter.at(2)).isEqualTo("/console/adapters?q=a%20b%26c&sort=size&page=2");
        assertThat(filter().at(1)).isEqualTo("/console/adapters");
        assertThat(filter("page", "-1").page()).isEqualTo(1);
    }

    @Test
    void aPageHasAHundredRows() {
        var many = IntStream.range(0, 1050).mapToObj(i -> row("a" + i, "ready", null)).toList();
        assertThat(filter("page", "11").onPage(many)).hasSize(50);
        assertThat(filter("page", "12").onPage(many)).isEmpty();
        assertThat(filter().onPage(many)).hasSize(100);
    }
}
