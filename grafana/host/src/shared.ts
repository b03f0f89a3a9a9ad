/* Modules that Grafana shares with plugins: these, and no other, may be left out of a plugin's bundle. */
import * as emotionCSS from '@emotion/css';
import * as emotionReact from '@emotion/react';
import * as grafanaData from '@grafana/data';
import * as grafanaDataUnstable from '@grafana/data/unstable';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaRuntimeUnstable from '@grafana/runtime/unstable';
import * as grafanaUI from '@grafana/ui';
import * as grafanaUIUnstable from '@grafana/ui/unstable';
import * as d3 from 'd3';
import * as i18next from 'i18next';
import jquery from 'jquery';
import lodash from 'lodash';
import moment from 'moment';
import prismjs from 'prismjs';
import * as react from 'react';
import * as reactJSX from 'react/jsx-runtime';
import * as reactDOM from 'react-dom';
import * as reactRedux from 'react-redux';
import * as routerDOM from 'react-router-dom';
import * as router from 'react-router-dom-v5-compat';
import * as redux from 'redux';
import * as rxjs from 'rxjs';
import * as rxjsOperators from 'rxjs/operators';

/** A module that is one thing, which may be called, and not a set of names. */
function callable(module: object): object {
  return { default: module, __useDefault: true };
}

/** The shared modules by the names under which plugins ask for them. */
export const shared: Record<string, object> = {
  '@emotion/css': emotionCSS,
  '@emotion/react': emotionReact,
  '@grafana/data': grafanaData,
  '@grafana/data/unstable': grafanaDataUnstable,
  '@grafana/runtime': grafanaRuntime,
  '@grafana/runtime/unstable': grafanaRuntimeUnstable,
  '@grafana/ui': grafanaUI,
  '@grafana/ui/unstable': grafanaUIUnstable,
  d3,
  i18next,
  jquery: callable(jquery),
  lodash: callable(lodash),
  moment: callable(moment),
  prismjs: callable(prismjs),
  react,
  'react/jsx-runtime': reactJSX,
  'react-dom': reactDOM,
  'react-redux': reactRedux,
  'react-router': router,
  'react-router-dom': routerDOM,
  redux,
  rxjs,
  'rxjs/operators': rxjsOperators,
};
