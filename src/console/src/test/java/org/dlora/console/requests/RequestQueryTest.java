package org.dlora.console.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.history.DurationBand;
import org.dlora.catalogue.history.RequestFilter;
import org.dlora.catalogue.history.RequestOrder;
import org.dlora.catalogue.history.SlowRequests;
import org.junit.jupiter.api.Test;
import org.springframework.util.LinkedMultiValueMap;

class RequestQueryTest {
    private final LinkedMultiValueMap<String, String> url = new LinkedMultiValueMap<>();

    @Test
    void anEmptyFormFiltersNothing() {
        url.add("adapter", " ");
        url.add("status", "");
        url.add("unknown", "x");
        var query = RequestQuery.read(url);
        assertThat(query.filter()).isEqualTo(RequestFilter.ALL);
        assertThat(query.isFiltered()).isFalse();
        assertThat(query.next(7)).isEqualTo("/console/requests?after=7");
    }

    @Test
    void theSameFilterLeadsToTheNextPageAndToCsv() {
        url.add("adapter", "a/b@c &ü");
        url.add("ttft", "10s_to_1min");
        url.add("since", "2026-01-31T12:00");
        url.add("after", "99");
        var query = RequestQuery.read(url);
        assertThat(query.filter().adapter()).isEqualTo("a/b@c &ü");
        assertThat(query.filter().ttft()).isEqualTo(DurationBand.TO_1MIN);
        assertThat(query.page().since()).isEqualTo(Instant.parse("2026-01-31T12:00:00Z"));
        assertThat(query.page().after()).isEqualTo(99);
        assertThat(query.isFiltered()).isTrue();
        assertThat(query.next(7))
                .startsWith("/console/requests?")
                .contains("adapter=a%2Fb%40c%20%26%C3%BC", "after=7")
                .doesNotContain("after=99");
        assertThat(query.first()).doesNotContain("after");
        assertThat(query.csv())
                .startsWith("/admin/requests?")
                .contains("adapter=a%2Fb%40c%20%26%C3%BC", "since=2026-01-31T12%3A00%3A00Z")
                .contains("format=csv")
                .doesNotContain("after");
    }

    @Test
    void slowRequestsAreAskedForByTheirTimesAndOrder() {
        url.add("min_ttft_ms", "250");
        url.add("min_duration_ms", "1000");
        url.add("order", "duration");
        var query = RequestQuery.read(url);
        assertThat(query.filter().slow())
                .isEqualTo(new SlowRequests(250L, 1000L, RequestOrder.DURATION));
        assertThat(query.csv()).contains("min_ttft_ms=250", "order=duration");
        url.clear();
        url.add("order", "ttft");
        assertThat(RequestQuery.read(url).isFiltered()).isFalse();
    }

    @Test
    void theIdOfAnAnswerIsThatOfItsFirstChoice() {
        var answer = "chatcmpl-1aacf669603e4e6c972327bcb84c1893";
        for (var id : new String[] {answer, answer + "-0"}) {
            url.set("id", id);
            assertThat(RequestQuery.read(url).filter().request()).isEqualTo(answer + "-0");
            assertThat(RequestQuery.read(url).value("id")).isEqualTo(answer + "-0");
        }
        var response = "resp_1aacf669603e4e6c972327bcb84c1893";
        url.set("id", response);
        assertThat(RequestQuery.read(url).filter().request()).isEqualTo(response + "-0");
        url.set("id", "demo-1");
        assertThat(RequestQuery.read(url).filter().request()).isEqualTo("demo-1");
    }

    @Test
    void invalidValuesAreRefusedInWords() {
        for (var wrong :
                new String[] {
                    "ttft",
                    "duration",
                    "min_ttft_ms",
                    "min_duration_ms",
                    "order",
                    "since",
                    "until",
                    "after"
                }) {
            url.clear();
            url.add(wrong, "<b>");
            assertThatThrownBy(() -> RequestQuery.read(url))
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("'%s' must be".formatted(wrong));
        }
    }
}
