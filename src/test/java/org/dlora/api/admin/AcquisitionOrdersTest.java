package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcquisitionOrdersTest {
    /** Everybody who reads the journal, and webhooks, would see signatures. */
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "https://h/a.zip?X-Amz-Signature=s, https://h/a.zip",
                "https://h/a.zip, https://h/a.zip",
                "'https://h/a.zip?sig=x&b=c' answered 403: expected 200., 'https://h/a.zip' answered 403: expected 200.",
                "s3://bucket/key?versionId=1 is not there, s3://bucket/key is not there",
                "/adapters/who?, /adapters/who?"
            })
    void failuresThatAreToldHaveNoSignatures(String text, String told) {
        assertThat(AcquisitionOrders.withoutQueries(text)).isEqualTo(told);
    }
}
