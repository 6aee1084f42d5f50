<?php
/**
 * Trackyard client for PHP sites: asks the tracker what to show a visitor, and remembers the click.
 *
 * One file without dependencies, for PHP 5.6 and newer. See README.md beside it.
 * SPDX-License-Identifier: MIT
 */
class KClient
{
    const VERSION = '3.4';
    const STATE = 'keitaro_state';
    const STATE_EXPIRES = 'keitaro_state_expires';
    const CONNECT_TIMEOUT_SECONDS = 5;
    const TIMEOUT_SECONDS = 10;
    const QUERY_TTL_SECONDS = 3600;

    /** Parameters of the page that must not steer the call. */
    private static $reserved = array('api_key', 'token', 'language', 'ua', 'ip', 'referrer', 'force_redirect_offer');
    /** Where proxies put the visitor's address, best first. */
    private static $addressHeaders = array(
        'HTTP_X_FORWARDED_FOR', 'HTTP_FORWARDED_FOR', 'HTTP_X_FORWARDED', 'HTTP_FORWARDED', 'HTTP_CLIENT_IP',
        'HTTP_FORWARDED_FOR_IP', 'X_FORWARDED_FOR', 'FORWARDED_FOR', 'X_FORWARDED', 'FORWARDED', 'CLIENT_IP',
        'FORWARDED_FOR_IP', 'HTTP_CF_CONNECTING_IP', 'HTTP_PROXY_CONNECTION',
    );

    private $trackerUrl;
    private $params;
    private $usesSessions = true;
    private $isDebug = false;
    /** The answer of the tracker, null until it was asked. */
    private $result = null;
    private $log = array();

    /** @param string $trackerUrl any URL of the tracker; only scheme, host and port count */
    public function __construct($trackerUrl, $token)
    {
        $parts = parse_url(strpos($trackerUrl, '//') === false ? '//' . $trackerUrl : $trackerUrl);
        $scheme = isset($parts['scheme']) ? $parts['scheme'] : 'http';
        $host = isset($parts['host']) ? $parts['host'] : '';
        $this->trackerUrl = $scheme . '://' . $host . (isset($parts['port']) ? ':' . $parts['port'] : '');
        $headers = $this->visitorHeaders();
        $referrer = $this->server('HTTP_REFERER');
        $this->params = array(
            'token' => $token,
            'version' => 3,
            'kversion' => self::VERSION,
            'info' => 1,
            'ip' => $this->findAddress(),
            'ua' => $this->server('HTTP_USER_AGENT'),
            'language' => substr($this->server('HTTP_ACCEPT_LANGUAGE'), 0, 2),
            'referrer' => $referrer,
            'se_referrer' => $referrer,
            'x_requested_with' => $this->server('HTTP_X_REQUESTED_WITH'),
            'original_headers' => $headers,
            'original_host' => $this->server('HTTP_HOST', 'localhost'),
            'original_method' => $this->server('REQUEST_METHOD', 'GET'),
            'uri' => $this->server('REQUEST_URI'),
        );
        if ($this->isPrefetch()) {
            $this->params['prefetch'] = 1;
        }
    }

    /** Passes on every parameter of the page's address. */
    public function sendAllParams()
    {
        foreach ($_GET as $name => $value) {
            if (is_string($value) && !isset($this->params[$name]) && !in_array($name, self::$reserved, true)) {
                $this->params[$name] = $value;
            }
        }
        return $this;
    }

    /** Passes on the utm_ parameters of the page's address. */
    public function sendUtmLabels()
    {
        foreach ($_GET as $name => $value) {
            if (is_string($value) && strpos($name, 'utm_') !== false) {
                $this->params[$name] = $value;
            }
        }
        return $this;
    }

    public function keyword($keyword) { return $this->param('keyword', $keyword); }
    public function referrer($referrer) { return $this->param('referrer', $referrer); }
    public function seReferrer($referrer) { return $this->param('se_referrer', $referrer); }
    public function ip($ip) { return $this->param('ip', $ip); }
    public function ua($ua) { return $this->param('ua', $ua); }
    public function language($language) { return $this->param('language', $language); }
    public function landingId($id) { return $this->param('landing_id', $id); }
    /** Goes to the offer at once when the stream has no landing page. */
    public function forceRedirectOffer() { return $this->param('force_redirect_offer', 1); }
    /** Believes the connection only: for sites that no proxy stands before. */
    public function useConnectionAddress() { return $this->param('ip', $this->server('REMOTE_ADDR')); }

    public function param($name, $value)
    {
        $this->params[$name] = $value;
        return $this;
    }

    /** @param string|array $params as 'sub_id_1=a&sub_id_2=b' or as an array */
    public function params($params)
    {
        if (is_string($params)) {
            parse_str($params, $params);
        }
        foreach ((array) $params as $name => $value) {
            $this->param($name, $value);
        }
        return $this;
    }

    public function currentPageAsReferrer()
    {
        $scheme = $this->isHttps() ? 'https' : 'http';
        return $this->referrer($scheme . '://' . $this->server('HTTP_HOST') . $this->server('REQUEST_URI'));
    }

    public function debug($isOn = true)
    {
        $this->isDebug = $isOn;
        return $isOn ? $this->param('log', 1) : $this;
    }

    public function disableSessions()
    {
        $this->usesSessions = false;
        return $this;
    }

    /** Uses the click this visitor made before, while it is known. It never redirects again. */
    public function restoreFromSession()
    {
        if ($this->result !== null || !$this->startSession() || empty($_SESSION[self::STATE])) {
            return $this;
        }
        if (!isset($_SESSION[self::STATE_EXPIRES]) || $_SESSION[self::STATE_EXPIRES] < time()) {
            unset($_SESSION[self::STATE], $_SESSION[self::STATE_EXPIRES]);
            return $this;
        }
        $known = json_decode($_SESSION[self::STATE], true);
        if (is_array($known)) {
            $known['headers'] = array();
            $known['status'] = 200;
            $this->result = $known;
            $this->log[] = 'The click was restored from the session';
        }
        return $this;
    }

    /** Uses the click that brought the visitor here, from _subid and _token in the page's address. */
    public function restoreFromQuery()
    {
        if ($this->result !== null || empty($_GET['_subid']) || !is_string($_GET['_subid'])) {
            return $this;
        }
        $token = isset($_GET['_token']) && is_string($_GET['_token']) ? $_GET['_token'] : '';
        $this->result = array(
            'body' => null, 'status' => 200, 'headers' => array(), 'cookies' => array(), 'contentType' => '',
            'info' => array('sub_id' => $_GET['_subid'], 'token' => $token),
        );
        $this->log[] = 'The click was restored from the address';
        $this->store(self::QUERY_TTL_SECONDS);
        return $this;
    }

    /** Sends headers, cookies and the page of the answer. An empty answer leaves this page as it is. */
    public function execute()
    {
        $this->sendHeaders();
        echo $this->getBody();
        if ($this->isDebug) {
            $this->showLog();
        }
    }

    /** The same, and ends this page when the answer takes its place. */
    public function executeAndBreak()
    {
        $result = $this->result();
        $this->sendHeaders();
        $body = $this->getBody();
        echo $body;
        $lines = implode("\n", $result['headers']);
        if ($body !== '' || stripos($lines, 'Location:') !== false || strpos($lines, '404 Not Found') !== false
            || $result['status'] === 404) {
            exit;
        }
    }

    /** Sends the headers and gives the page back instead of printing it. */
    public function getContent()
    {
        $this->sendHeaders();
        return $this->getBody();
    }

    public function getBody()
    {
        $result = $this->result();
        if (!empty($result['error'])) {
            // Visitors have no use for it; getLog() tells it in any case.
            return $this->isDebug ? (string) $result['error'] : '';
        }
        $body = (string) $result['body'];
        return preg_match('~image|application/pdf~', $result['contentType']) ? (string) base64_decode($body) : $body;
    }

    public function getHeaders()
    {
        $result = $this->result();
        return $result['headers'];
    }

    public function getSubId() { return $this->info('sub_id'); }
    public function getToken() { return $this->info('token'); }
    public function isBot() { return (bool) $this->info('is_bot'); }

    public function isUnique($level = 'campaign')
    {
        $unique = $this->info('uniqueness');
        return is_array($unique) && !empty($unique[$level]);
    }

    /** Link that leads on to the offer: array('offer_id' => 12) chooses one. $fallback when there is no click. */
    public function getOffer($params = array(), $fallback = 'no_offer')
    {
        $token = $this->getToken();
        if (!$token) {
            return $fallback;
        }
        $params['_lp'] = 1;
        $params['_token'] = $token;
        return $this->trackerUrl . '/?' . http_build_query($params, '', '&');
    }

    public function getLog() { return $this->log; }

    public function showLog()
    {
        echo '<pre>' . htmlspecialchars(implode("\n", $this->log)) . '</pre>';
    }

    /** Sends status, headers and cookies of the answer, once the page may still have some. */
    public function sendHeaders()
    {
        $result = $this->result();
        if (headers_sent()) {
            $this->log[] = 'Headers of this page were sent already: call the client before any output';
            return;
        }
        if (!empty($result['cookies'])) {
            $ttl = isset($result['cookies_ttl']) ? (int) $result['cookies_ttl'] : 24;
            foreach ($result['cookies'] as $name => $value) {
                $this->setCookie($name, $value, time() + $ttl * 3600);
            }
        }
        $isAnswer = (string) $result['body'] !== '' || $result['headers'] || $result['status'] !== 200;
        if ($isAnswer && $result['contentType'] !== '') {
            header('Content-Type: ' . $result['contentType']);
        }
        foreach ($result['headers'] as $line) {
            header($line);
        }
        if ($isAnswer && $result['status'] > 0) {
            http_response_code($result['status']);
        }
    }

    private function result()
    {
        if ($this->result !== null) {
            return $this->result;
        }
        $defaults = array('body' => null, 'status' => 200, 'headers' => array(), 'cookies' => array(),
            'contentType' => '', 'info' => array());
        $answer = json_decode($this->ask(), true);
        if (!is_array($answer)) {
            $this->log[] = 'The tracker gave no answer that can be read';
            return $this->result = $defaults;
        }
        $this->result = $answer + $defaults;
        foreach (isset($answer['log']) ? (array) $answer['log'] : array() as $line) {
            $this->log[] = $line;
        }
        if (!empty($answer['error'])) {
            $this->log[] = 'The tracker said: ' . $answer['error'];
        } elseif (!empty($answer['cookies_ttl'])) {
            $this->store($answer['cookies_ttl'] * 3600);
        }
        return $this->result;
    }

    private function info($name)
    {
        $result = $this->result();
        return isset($result['info'][$name]) ? $result['info'][$name] : null;
    }

    /** POST to the tracker; '' when it cannot be reached, and the page goes on without it. */
    private function ask()
    {
        $url = $this->trackerUrl . '/click_api/v3';
        $body = http_build_query($this->params, '', '&');
        $cookies = $this->visitorCookies();
        if (function_exists('curl_init')) {
            $curl = curl_init($url);
            curl_setopt_array($curl, array(
                CURLOPT_POST => true,
                CURLOPT_POSTFIELDS => $body,
                CURLOPT_RETURNTRANSFER => true,
                CURLOPT_USERAGENT => 'KHttpClient',
                CURLOPT_CONNECTTIMEOUT => self::CONNECT_TIMEOUT_SECONDS,
                CURLOPT_TIMEOUT => self::TIMEOUT_SECONDS,
            ));
            if ($cookies !== '') {
                curl_setopt($curl, CURLOPT_COOKIE, $cookies);
            }
            $answer = curl_exec($curl);
            if ($answer === false) {
                $this->log[] = 'The tracker cannot be reached: ' . curl_error($curl);
            }
            return (string) $answer;
        }
        $headers = "Content-Type: application/x-www-form-urlencoded\r\nUser-Agent: KHttpClient\r\n"
            . ($cookies === '' ? '' : 'Cookie: ' . $cookies . "\r\n");
        $context = stream_context_create(array('http' => array(
            'method' => 'POST', 'header' => $headers, 'content' => $body, 'timeout' => self::TIMEOUT_SECONDS,
            'ignore_errors' => true, 'follow_location' => 0,
        )));
        $answer = @file_get_contents($url, false, $context);
        if ($answer === false) {
            $this->log[] = 'The tracker cannot be reached';
        }
        return (string) $answer;
    }

    private function store($seconds)
    {
        if (!$this->startSession()) {
            return;
        }
        $_SESSION[self::STATE] = json_encode($this->result);
        $_SESSION[self::STATE_EXPIRES] = time() + $seconds;
        $_SESSION['sub_id'] = $this->info('sub_id');
        $_SESSION['landing_token'] = $this->info('token');
    }

    private function startSession()
    {
        if (!$this->usesSessions || !function_exists('session_start')) {
            return false;
        }
        if (session_id() === '') {
            if (headers_sent()) {
                return false;
            }
            session_start();
        }
        return true;
    }

    /** For the whole site, with and without www. */
    private function setCookie($name, $value, $expires)
    {
        $host = preg_replace('~^www\.|:\d+$~', '', $this->server('HTTP_HOST'));
        $isName = strpos($host, '.') !== false && substr_count($host, '.') < 3 && !filter_var($host, FILTER_VALIDATE_IP);
        setcookie($name, (string) $value, $expires, '/', $isName ? '.' . $host : '');
    }

    /** The visitor's cookies, for the tracker's own among them. Our session is nobody else's business. */
    private function visitorCookies()
    {
        $pairs = array();
        foreach ($_COOKIE as $name => $value) {
            if (is_string($value) && $name !== 'PHPSESSID' && $name !== session_name()) {
                $pairs[] = $name . '=' . rawurlencode($value);
            }
        }
        return implode('; ', $pairs);
    }

    private function visitorHeaders()
    {
        $headers = array();
        foreach ($_SERVER as $name => $value) {
            if (strpos($name, 'HTTP_') === 0 && $name !== 'HTTP_COOKIE' && $name !== 'HTTP_AUTHORIZATION' && is_string($value)) {
                $headers[str_replace('_', '-', ucwords(strtolower(substr($name, 5)), '_'))] = $value;
            }
        }
        return $headers;
    }

    private function findAddress()
    {
        foreach (self::$addressHeaders as $name) {
            $parts = explode(',', $this->server($name));
            $address = trim($parts[0]);
            if (filter_var($address, FILTER_VALIDATE_IP)) {
                return $address;
            }
        }
        return $this->server('REMOTE_ADDR');
    }

    private function isPrefetch()
    {
        return $this->server('HTTP_X_PURPOSE') === 'preview' || $this->server('HTTP_X_MOZ') === 'prefetch'
            || $this->server('HTTP_X_FB_HTTP_ENGINE') === 'Liger' || strpos($this->server('HTTP_SEC_PURPOSE'), 'prefetch') === 0;
    }

    private function isHttps()
    {
        return $this->server('HTTP_X_FORWARDED_PROTO') === 'https' || !in_array($this->server('HTTPS'), array('', 'off'), true);
    }

    private function server($name, $default = '')
    {
        return isset($_SERVER[$name]) && is_string($_SERVER[$name]) ? $_SERVER[$name] : $default;
    }
}
