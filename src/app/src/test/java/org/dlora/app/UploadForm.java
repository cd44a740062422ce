package org.dlora.app;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;

/** The multipart form that uploads an adapter's archive. */
final class UploadForm {
    private UploadForm() {}

    static HttpRequest request(String url, String name, String fileName, byte[] archive) {
        return request(url, name, false, fileName, archive);
    }

    static HttpRequest request(
            String url, String name, boolean inPlace, String fileName, byte[] archive) {
        var head =
                "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n%s\r\n--b\r\nContent-Disposition: form-data; name=\"in_place\"\r\n\r\n%s\r\n--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"%s\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                        .formatted(name, inPlace, fileName);
        return HttpRequest.newBuilder(URI.create(url + "/admin/adapters"))
                .timeout(Duration.ofMinutes(5))
                .header("Content-Type", "multipart/form-data; boundary=b")
                .header("X-DLoRA-Request", "1")
                .POST(
                        BodyPublishers.concat(
                                BodyPublishers.ofString(head),
                                BodyPublishers.ofByteArray(archive),
                                BodyPublishers.ofString("\r\n--b--\r\n")))
                .build();
    }
}
