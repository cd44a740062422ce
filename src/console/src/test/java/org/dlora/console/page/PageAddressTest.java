package org.dlora.console.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;
import org.springframework.web.util.UriComponentsBuilder;

class PageAddressTest {

    @Test
    void valuesMayHoldAnything() {
        var odd = "a b+c&d=e/ü%41<\"#{x}";
        var address = PageAddress.of("/console/adapter", "name", odd);
        assertThat(address).matches("/console/adapter\\?name=[A-Za-z0-9%._-]+");
        assertThat(
                        UriComponentsBuilder.fromUriString(address)
                                .build(true)
                                .getQueryParams()
                                .getFirst("name"))
                .isEqualTo("a%20b%2Bc%26d%3De%2F%C3%BC%2541%3C%22%23%7Bx%7D");
    }

    @Test
    void parametersKeepTheirOrderAndEmptyOnesAreLeftOut() {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("q", "x");
        parameters.put("none", "");
        parameters.put("page", "2");
        assertThat(PageAddress.of("/console/adapters", parameters))
                .isEqualTo("/console/adapters?q=x&page=2");
        assertThat(PageAddress.of("/console/adapters", "q", "")).isEqualTo("/console/adapters");
    }
}
