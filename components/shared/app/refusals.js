// Shows the server's sentence where an upload is refused. A classic script in every page's head (deep_links.py).
//
// Streamlit shows what its HTTP client makes of an answer, "AxiosError: Request failed with status code 413". That client
// takes the text of an error from the event that brings it, so a refusal in plain text is brought as an error.
(() => {
  const open = XMLHttpRequest.prototype.open;
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    if (method === "PUT" && String(url).includes("/_stcore/upload_file/")) this.addEventListener("load", tell);
    return open.call(this, method, url, ...rest);
  };

  function tell() {
    const plain = this.getResponseHeader("content-type")?.startsWith("text/plain");
    if (this.status >= 400 && plain) this.onerror?.({ message: this.responseText, refusal: true });
  }

  const toString = Error.prototype.toString;
  Error.prototype.toString = function () {
    return this.event?.refusal ? this.message : toString.call(this);
  };
})();
