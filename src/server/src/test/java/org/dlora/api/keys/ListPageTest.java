package org.dlora.api.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.api.web.ApiException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

class ListPageTest {
    private static final List<String> ALL = List.of("c", "a", "b");

    private static ListPage<String> page(String... parameters) {
        return ListPage.of(query(parameters), ALL, Function.identity());
    }

    private static MultiValueMap<String, String> query(String... parameters) {
        var query = new LinkedMultiValueMap<String, String>();
        for (int i = 0; i < parameters.length; i += 2) {
            query.add(parameters[i], parameters[i + 1]);
        }
        return query;
    }

    @Test
    void withoutParametersAllIsListed() {
        assertThat(page()).isEqualTo(new ListPage<>(ALL, null));
    }

    @Test
    void eachPageNamesTheNext() {
        assertThat(page("limit", "2")).isEqualTo(new ListPage<>(List.of("c", "a"), "a"));
        assertThat(page("limit", "2", "after", "a")).isEqualTo(new ListPage<>(List.of("b"), null));
        assertThat(page("limit", "3")).isEqualTo(new ListPage<>(ALL, null));
        assertThat(page("after", "c")).isEqualTo(new ListPage<>(List.of("a", "b"), null));
        assertThat(page("after", "b")).isEqualTo(new ListPage<>(List.of(), null));
    }

    @Test
    void pagesOfASortedListGoOnWhereTheLastRowHasBeenRemoved() {
        var rows = new ArrayList<>(List.of("a", "b", "c", "d", "e"));
        var removed = new ArrayList<String>();
        var after = Optional.<String>empty();
        do {
            var query = after.map(name -> query("limit", "2", "after", name));
            var page =
                    ListPage.ofSorted(query.orElse(query("limit", "2")), rows, Function.identity());
            rows.removeAll(page.rows());
            removed.addAll(page.rows());
            after = Optional.ofNullable(page.next());
        } while (after.isPresent());
        assertThat(removed).containsExactly("a", "b", "c", "d", "e");
        assertThat(ListPage.ofSorted(query("after", "b"), removed, Function.identity()))
                .isEqualTo(new ListPage<>(List.of("c", "d", "e"), null));
    }

    @ParameterizedTest
    @CsvSource({
        "limit, 0, from 1 to 10000",
        "limit, 10001, from 1 to 10000",
        "limit, x, from 1 to 10000",
        "after, d, begin anew",
        "offset, 1, 'Known here: after, limit'",
    })
    void otherParametersAreRefused(String name, String value, String words) {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> page(name, value))
                .withMessageContainingAll("'" + name + "'", words);
    }
}
